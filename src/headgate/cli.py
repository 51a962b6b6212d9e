"""The command line: `headgate <command>` and `headgate <stage> <method>`, built from files and signatures.

Commands are the files of `commands/` (host_key.py is host-key), read only when called; methods are the files of the
stage folders, whose keyword-only arguments become flags. Exit codes: 0 pass, 1 blocked, 2 could not tell, 3 wrong
usage.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import click

from headgate import __version__
from headgate.errors import EXIT_UNKNOWN, EXIT_USAGE, HeadgateError
from headgate.plain import plain

_COMMANDS = Path(__file__).parent / "commands"


def _summary(name: str) -> str:
    doc = ast.get_docstring(ast.parse((_COMMANDS / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8"))) or ""
    return doc.split("\n", 1)[0].rstrip(".")


class LazyGroup(click.Group):
    """The commands of `commands/`; none is imported before it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(path.stem.replace("_", "-") for path in _COMMANDS.glob("[!_]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"headgate.commands.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first line of each file."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name)) for name in self.list_commands(ctx)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 pass, 1 blocked, 2 could not tell, 3 wrong usage.",
)
@click.version_option(__version__, message="headgate %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def headgate(debug: bool) -> None:
    """Headgate: the recall system for open models."""


def main(args: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    args = sys.argv[1:] if args is None else args
    debug = "--debug" in args
    code: object
    try:
        code = headgate.main(args=args, prog_name="headgate", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:
        code = _complain("interrupted; the same command goes on from here.", EXIT_UNKNOWN)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = EXIT_USAGE
    except click.ClickException as error:
        code = _complain(error.format_message(), EXIT_USAGE)
    except HeadgateError as error:
        if debug:
            raise
        code = _complain(str(error), error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        code = EXIT_UNKNOWN
    except Exception as error:
        if debug:
            raise
        text = f"unexpected {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        code = _complain(f"{text} Run again with --debug and report it.", EXIT_UNKNOWN)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"headgate: {plain(text, 1000)}\n")
    return code
