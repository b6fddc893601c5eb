"""What we say to whoever brings us mail: code, enhanced status (RFC 3463), fixed words. Nothing of ours gets out.

aiosmtpd's own replies have no enhanced status, which RFC 2034 wants on every one once it is advertised, and some repeat
what the client said. `worded` puts ours in their place.
"""

import re
from unicodedata import combining, normalize

READY = "220 {hostname} ESMTP mailflow"
LMTP_READY = "220 {hostname} LMTP mailflow"
GO_AHEAD = "354 End with a dot on a line of its own"

KEPT = "250 2.0.0 Kept"
SENDER_OK = "250 2.1.0 Ok"
RECIPIENT_OK = "250 2.1.5 Ok"
OK = "250 2.0.0 Ok"
HELP = "214 2.0.0 See RFC 5321"
READY_FOR_TLS = "220 2.0.0 Ready for TLS"
LOGGED_IN = "235 2.7.0 Logged in"
BYE = "221 2.0.0 Bye"
CANNOT_VERIFY = "252 2.5.0 Send the mail and see"

CLOSING = "421 4.3.2 Closing, try again later"
TIMED_OUT = "421 4.4.2 Timed out, try again later"
SESSION_TOO_LONG = "421 4.4.2 The session took too long, try again later"
TOO_MANY_CONNECTIONS = "421 4.7.0 Too many connections, try again later"
TOO_MANY_OF_YOURS = "421 4.7.0 Too many connections from your address, try again later"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors"
TOO_MUCH_JUNK = "421 4.7.0 Too many commands that bring no mail"

TOO_MUCH_MAIL = "450 4.7.1 Too many messages from your address, try again later"
TRY_LATER = "451 4.3.0 Try again later"
NO_ROOM = "452 4.3.1 No room left, try again later"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients, send the others separately"

CANCELLED = "501 5.7.0 Login cancelled"
BAD_LOGIN = "501 5.5.2 Not an answer of this mechanism"
NO_MECHANISM = "504 5.5.4 Mechanisms are PLAIN and LOGIN"
NEEDS_TLS = "530 5.7.0 STARTTLS first"
NEEDS_LOGIN = "530 5.7.0 AUTH first"
NEEDS_TLS_TO_LOGIN = "538 5.7.11 STARTTLS first"
WRONG_LOGIN = "535 5.7.8 Wrong name or password"
TOO_MANY_LOGINS = "421 4.7.0 Too many logins that failed"
NOT_YOURS = "550 5.7.1 You may not write as this sender"
NO_COMMAND = "500 5.5.1 Unknown command"
BAD_LINE = "500 5.5.2 A command is one line of text that ends in CR LF"
EARLY = "554 5.5.1 Wait for the greeting"
LINE_TOO_LONG = "500 5.5.2 The line is too long"
BAD_NAME = "501 5.5.4 Say your name in printable characters"
NO_EXPANSION = "502 5.5.1 Not implemented"
NO_ARGUMENT = "501 5.5.4 Syntax error in the arguments"
NOT_NOW = "503 5.5.1 Not in this order"
UNKNOWN_RECIPIENT = "550 5.1.1 No such mailbox here"
BARE_LINE_ENDS = "550 5.5.2 The message has a CR, LF or NUL outside of line ends (RFC 5321 2.3.8)"
NOT_OURS = "550 5.7.1 We do not relay"
BLOCKED = "550 5.7.1 Mail from this sender is not accepted"
CONTENT_LINE_TOO_LONG = "500 5.5.2 A line of the message is longer than we take"
TOO_LARGE = "552 5.3.4 The message is larger than we take"
BAD_RECIPIENT = "553 5.1.3 Not an address of RFC 5321"
BAD_SENDER = "553 5.1.7 Not an address of RFC 5321"
NEEDS_SMTPUTF8 = "553 5.6.7 The address needs SMTPUTF8"
LOOP = "554 5.4.6 Too many hops, this is a loop"
BAD_PARAMETERS = "555 5.5.4 Parameters not recognised"

_WORDED = {
    "221": BYE,
    "250": OK,
    "501": NO_ARGUMENT,
    "503": NOT_NOW,
    "552": TOO_LARGE,  # SIZE= says so
    "555": BAD_PARAMETERS,
}
_MALFORMED = "553 5.1.3 Error: malformed address"
LONGEST_WORDS = 400
_HAS_STATUS = re.compile(r"[245]\d\d [245]\.\d{1,3}\.\d{1,3} ")


def rejected(words: str) -> str:
    """By a rule, in an admin's words, which may hold what a stranger wrote: printable ASCII, and shorter than the line
    of a reply may be (RFC 5321 4.5.3.1.5). Letters lose their accents; what is no letter of ASCII then is a '?'."""
    letters = (letter for letter in normalize("NFKD", words[:LONGEST_WORDS]) if not combining(letter))
    plain = " ".join("".join(letter if " " <= letter <= "~" else "?" for letter in letters).split())
    return f"550 5.7.1 {plain[:LONGEST_WORDS] or 'Not accepted'}"


def worded(verb: str, reply: str) -> str:
    """`reply` to the command `verb`, or ours in place of one of aiosmtpd's."""
    if reply == _MALFORMED:
        return BAD_SENDER if verb == "MAIL" else BAD_RECIPIENT
    if _HAS_STATUS.match(reply):
        return reply
    return _WORDED.get(reply[:3], TRY_LATER)  # one that we do not know is a surprise, and surprises are temporary
