"""docs/commands.md explains every command with every option, and no other."""

import re
from pathlib import Path

import click
import pytest

from auctiond.cli import main

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
SERVER = {"--url", "--key", "--config"}  # Explained once, for all commands that have them.


def commands(group=main, path=("auctiond",)):
    """Yield every command there is, with its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield " ".join((*path, name)), found


COMMANDS = dict(commands())
SECTIONS = dict(re.findall(r"^## `(auctiond [^`]+)`\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S))


def options_of(command):
    found = {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
    }
    return found - SERVER if found >= SERVER else found


def test_every_command_is_explained_and_no_other():
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_explained_and_no_other(name):
    told = set(re.findall(r"^\| `(--[\w-]+)` \|", SECTIONS[name], re.M))
    assert told == options_of(COMMANDS[name])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does(name):
    assert COMMANDS[name].help
    assert COMMANDS[name].get_short_help_str(limit=200).endswith((".", ")"))


def test_the_options_of_all_are_explained_once():
    intro = TEXT.partition("## `auctiond serve`")[0]
    assert all(f"| `{option}` |" in intro for option in SERVER)


def groups(group=main, name="auctiond"):
    """Yield every group there is, with its name."""
    yield name, group
    context = click.Context(group)
    for below in group.list_commands(context):
        found = group.get_command(context, below)
        if isinstance(found, click.Group):
            yield from groups(found, f"{name} {below}")


GROUPS = dict(groups())


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_the_list_of_commands_says_what_each_does_to_the_end(name):
    shown = GROUPS[name].get_help(click.Context(GROUPS[name])).partition("Commands:")[2]
    assert not [line for line in shown.splitlines() if line.endswith("...")]
