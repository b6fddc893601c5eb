"""A name server on the loopback: answers from a table, over UDP and TCP, as a real one does."""

import re
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SERVFAIL, SILENT = "SERVFAIL", "SILENT"
Zone = Mapping[str, list[str] | str]
"""'TXT kunde.example': records as in a zone file; SERVFAIL; or SILENT, which never answers."""
TTL = 600


def txt(text: str) -> str:
    """As in a zone file, cut into strings of at most 255 octets; a character is an octet."""
    strings = (text[at : at + 255] for at in range(0, len(text) or 1, 255))
    return " ".join('"' + re.sub(r'[^ -~]|["\\]', _escaped, each) + '"' for each in strings)


def _escaped(found: re.Match[str]) -> str:
    return f"\\{ord(found[0]):03d}"


class NameServer:
    """`zone` may be changed while it runs; `asked` counts the questions."""

    def __init__(self, zone: Zone | None = None) -> None:
        self.zone = dict(zone or {})
        self.asked: Counter[str] = Counter()
        self.address = ""

    def answer(self, octets: bytes, *, room: int) -> bytes | None:
        query = dns.message.from_wire(octets)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[f"{kind} {name}"] += 1
        found = self.zone.get(f"{kind} {name}")
        if alias := self.zone.get(f"CNAME {name}"):
            found = self.zone.get(f"{kind} {alias[0].rstrip('.').lower()}")
        if found == SILENT:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if found == SERVFAIL:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif found is None and not any(key.split()[1] == name for key in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif found:
            owner = question.name
            if alias:
                response.answer.append(dns.rrset.from_text(owner, TTL, "IN", "CNAME", *alias))
                owner = dns.name.from_text(alias[0])
            response.answer.append(dns.rrset.from_text(owner, TTL, "IN", kind, *found))
        wire = response.to_wire(max_size=65535)
        if len(wire) > room:
            response.answer.clear()
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        return wire


@contextmanager
def serving(zone: Zone | None = None) -> Iterator[NameServer]:
    server = NameServer(zone)

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, way_back = self.request
            if wire := server.answer(octets, room=1232):
                way_back.sendto(wire, self.client_address)

    class Stream(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            length = int.from_bytes(self.request.recv(2, socket.MSG_WAITALL))
            if wire := server.answer(self.request.recv(length, socket.MSG_WAITALL), room=65535):
                self.request.sendall(len(wire).to_bytes(2) + wire)

    datagrams, streams = _on_one_port(Datagram, Stream)
    with datagrams, streams:
        server.address = f"127.0.0.1:{datagrams.server_address[1]}"
        for each in (datagrams, streams):
            threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        datagrams.shutdown()
        streams.shutdown()


def _on_one_port(datagram: Any, stream: Any) -> tuple[socketserver.BaseServer, socketserver.BaseServer]:
    """A port that is free for TCP may be taken for UDP: then another one."""
    for _ in range(100):
        streams = socketserver.ThreadingTCPServer(("127.0.0.1", 0), stream)
        try:
            return socketserver.ThreadingUDPServer(streams.server_address, datagram), streams
        except OSError:
            streams.server_close()
    raise OSError("no port is free for UDP and TCP")
