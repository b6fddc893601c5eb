"""`mailflow token`: the keys that sign the tokens in our mail."""

import typer

from mailflow import keyfile
from mailflow.cli.opening import office
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.cli.output import say
from mailflow.standing import KEY_FILE

app = typer.Typer()


@app.callback()
def _keys() -> None:
    """The keys that sign the tokens in our mail."""


@app.command()
def rotate(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Sign with a new key; tokens of the key before still count, older ones no longer."""
    with office(config) as here:
        file = here.folder / here.config.state / KEY_FILE
        ended = keyfile.rotate(file, here.signing_policy.keyring.keys)
    say(f"{file}: a new key, in use after the next reload (systemctl reload mailflow)")
    say(f"tokens of {ended} older key{'s' if ended > 1 else ''} no longer count" if ended else "all tokens still count")
