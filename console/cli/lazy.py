"""A click group that imports a command only when it is called for, and turns known errors into exit codes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from console.cli.errors import exit_code_of, interrupted

# Of a context: the words of the command that was called for, known before it is imported.
COMMAND = "quarterdeck.command"


class LazyGroup(click.Group):
    """`commands_at` names each command's module and attribute; only help imports them all."""

    def __init__(self, *args: Any, commands_at: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_at = dict(commands_at or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        return [*self._commands_at, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        place = self._commands_at.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, attribute = place.split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with, imported now."""
        ctx.meta[COMMAND] = tuple(args)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error with a known meaning ends it with a sentence and its exit code.

        So does an interrupt, whether it comes while the command is imported or while it works.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as error:
            told = interrupted(ctx.meta.get(COMMAND, ()))
            if told is None:
                raise
            raise told from error
        except Exception as error:
            known = exit_code_of(error)
            if known is None:
                raise
            raise known from error
