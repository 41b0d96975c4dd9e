"""What a key means at this moment: a small state machine between the keys and what they cause. Pure.

Normally a key is looked up in the keymap. While a question is open, a text is being typed or the kill is
armed, it means something else - except the kill key, which arms from everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from console.core.actions import Action, Scope
from console.core.commandline import CommandLineError, ConsoleRequest, explain, parse
from console.core.commands import ASKS, Intent, Kind
from console.core.keymap import Keymap, normal
from console.core.lineedit import LineEditor

ARMED_S = 6.0
QUESTION_S = 15.0
# After `:kill` and enter, the same enter held down must not fire.
GUARD_S = 0.5
# A dangerous key that repeats by itself is one press.
REPEAT_S = 0.6


class Mode(Enum):
    """What keys are for at this moment."""

    NORMAL = "normal"
    ARMED = "armed"
    ASKING = "asking"
    COMMAND = ":"
    FILTER = "/"
    GOTO = "g"
    TYPED = "typed"
    PALETTE = "palette"
    HELP = "help"


# What scrolls the help instead of closing it.
MOVES = frozenset({"up", "down", "page-up", "page-down", "first", "last"})
READ_ONLY = "this console is read-only: `quarterdeck kill` in a shell stops the desk"
TEXT_MODES = frozenset({Mode.COMMAND, Mode.FILTER, Mode.GOTO, Mode.TYPED, Mode.PALETTE})
BREAK_ACTIONS = {"break-adopt": "adopt", "break-flatten": "flatten", "break-ignore": "ignore"}


@dataclass(frozen=True, slots=True)
class Context:
    """What a key may refer to: the pane in focus and what is selected in it; whether the whole desk is killed
    or paused, which makes other hints worth their place.
    """

    pane: str
    symbol: str = ""
    order: str = ""
    symbols: tuple[str, ...] = ()
    break_id: str = ""
    break_actions: tuple[str, ...] = ()
    filter: str = ""
    killed: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Effect: give this command to the desk."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Act:
    """Effect: an action that only concerns the screen."""

    action: Action


@dataclass(frozen=True, slots=True)
class Ask:
    """Effect: a typed request to the console itself."""

    request: ConsoleRequest


@dataclass(frozen=True, slots=True)
class Filter:
    """Effect: the filter of the focused pane is this text now."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Effect: tell the user."""

    text: str
    wrong: bool = False


Effect = Send | Act | Ask | Filter | Note


class Dialogue:
    """The mode, and what belongs to it. Times are monotonic seconds."""

    def __init__(self, keymap: Keymap, *, read_only: bool) -> None:
        self.keymap = keymap
        self.read_only = read_only
        self.mode = Mode.NORMAL
        self.editors = {mode: LineEditor() for mode in TEXT_MODES}
        self.question: Intent | None = None
        self.armed = Intent(Kind.KILL)
        self.expires = 0.0
        self.choice = 0
        self._armed_from = 0.0
        self._last: tuple[Intent, float] | None = None

    @property
    def editor(self) -> LineEditor:
        """The line being typed; only in a text mode."""
        return self.editors[self.mode]

    def tick(self, now: float) -> list[Effect]:
        """Lets the armed kill and an open question run out."""
        if self.mode is Mode.ARMED and now >= self.expires:
            self.mode = Mode.NORMAL
            return [Note("the kill was disarmed: nobody pressed enter")]
        if self.mode is Mode.ASKING and now >= self.expires:
            self.mode, self.question = Mode.NORMAL, None
            return [Note("the question was not answered: nothing was sent")]
        return []

    def key(self, key: str, character: str | None, now: float, context: Context) -> list[Effect]:
        """Takes one key."""
        effects = self.tick(now)
        if self._is_kill(key):
            return effects + self._arm(Intent(Kind.KILL), now, now)
        if self.mode is Mode.ARMED:
            return effects + self._armed_key(key, now)
        if self.mode is Mode.ASKING:
            return effects + self._asking_key(key, character)
        if self.mode in TEXT_MODES:
            return effects + self._text_key(key, character, now, context)
        return effects + self._normal_key(key, now, context)

    def paste(self, text: str) -> list[Effect]:
        """Pasted text is never keys: it goes into the line being typed, or nowhere."""
        if self.mode is Mode.TYPED:
            return [Note("a confirmation is typed, not pasted", wrong=True)]
        if self.mode not in TEXT_MODES:
            return [Note("pasted text was ignored: paste into a line opened by : / or g")]
        self.editor.insert(text)
        return [Filter(self.editor.text)] if self.mode is Mode.FILTER else []

    def explanation(self) -> str:
        """What the command being typed would do."""
        return explain(self.editor.text) if self.mode is Mode.COMMAND else ""

    def pending(self, context: Context) -> Intent | None:
        """The command that stands in the line being typed, if enter would send or ask it."""
        if self.mode is not Mode.COMMAND:
            return None
        try:
            found = parse(self.editor.text, context.symbols)
        except CommandLineError:
            return None
        return found if isinstance(found, Intent) else None

    def offered(self) -> list[Action]:
        """The actions that match what is typed in the palette."""
        words = self.editors[Mode.PALETTE].text.lower().split()
        found = [a for a in self.keymap.actions if a.id not in ("palette", "escape")]
        return [a for a in found if all(word in f"{a.id} {a.title} {a.pane or ''}".lower() for word in words)]

    # ------------------------------------------------------------------ modes

    def _is_kill(self, key: str) -> bool:
        return any(action.id == "kill" for action in self.keymap.by_key.get(normal(key), ()))

    def _arm(self, intent: Intent, now: float, fires_from: float) -> list[Effect]:
        if self.mode is not Mode.ARMED:
            self.mode = Mode.ARMED
            self.question = None
            self.armed = intent
            self._armed_from = fires_from
        self.expires = now + ARMED_S
        return []

    def _armed_key(self, key: str, now: float) -> list[Effect]:
        if key == "escape":
            self.mode = Mode.NORMAL
            return [Note("the kill was disarmed")]
        if key == "enter" and now >= self._armed_from:
            self.mode = Mode.NORMAL
            return [Send(self.armed)]
        return []

    def _asking_key(self, key: str, character: str | None) -> list[Effect]:
        question = self.question
        if key in ("escape", "n"):
            self.mode, self.question = Mode.NORMAL, None
            return [Note("nothing was sent")]
        if (character == "y" or key == "y") and question is not None:
            self.mode, self.question = Mode.NORMAL, None
            return [Send(question)]
        return []

    def _text_key(self, key: str, character: str | None, now: float, context: Context) -> list[Effect]:
        mode, editor = self.mode, self.editor
        if key == "escape":
            editor.clear()
            self.mode, self.question = Mode.NORMAL, None
            if mode is Mode.TYPED:
                return [Note("nothing was sent")]
            return [Filter("")] if mode is Mode.FILTER else []
        if mode is Mode.PALETTE and key in ("up", "down"):
            last = len(self.offered()) - 1
            self.choice = max(0, min(last, self.choice + (1 if key == "down" else -1)))
            return []
        if key == "enter" and mode is Mode.PALETTE:
            return self._choose(now, context)
        if key == "enter" and mode is Mode.TYPED:
            return self._typed(editor.submit())
        if key == "enter":
            text = editor.text.strip() if mode is Mode.FILTER else editor.submit()
            self.mode = Mode.NORMAL
            return self._submit(mode, text, now, context)
        editor.key(key, character)
        self.choice = 0
        return [Filter(editor.text)] if mode is Mode.FILTER else []

    def _choose(self, now: float, context: Context) -> list[Effect]:
        offered = self.offered()
        self.editor.clear()
        self.mode = Mode.NORMAL
        if not offered:
            return [Note("no action has that name", wrong=True)]
        action = offered[min(self.choice, len(offered) - 1)]
        if action.id == "kill":
            return self._arm(Intent(Kind.KILL), now, now + GUARD_S)
        if action.pane is not None and action.pane != context.pane:
            return [Note(f"that is done in the pane {action.pane}", wrong=True)]
        return self._run(action, now, context)

    def _typed(self, text: str) -> list[Effect]:
        question, self.question = self.question, None
        self.mode = Mode.NORMAL
        # In small letters too: a capital K would arm the kill.
        if question is None or text.upper() != question.symbol.upper():
            wanted = question.symbol if question is not None else ""
            return [Note(f"nothing was sent: {text or 'nothing'} was typed, not {wanted}", wrong=True)]
        return [Send(question)]

    def _submit(self, mode: Mode, text: str, now: float, context: Context) -> list[Effect]:
        if mode is Mode.FILTER:
            return [Filter(text)]
        if not text:
            return []
        try:
            found = parse(text if mode is Mode.COMMAND else f"go {text}", context.symbols)
        except CommandLineError as error:
            return [Note(str(error), wrong=True)]
        if isinstance(found, ConsoleRequest):
            return [Ask(found)]
        if self.read_only:
            return [Note(READ_ONLY, wrong=True)]
        if found.kind is Kind.KILL:
            return self._arm(found, now, now + GUARD_S)
        if found.kind is Kind.FLATTEN:
            return self._ask_name(found)
        return self._ask(found, now) if found.kind in ASKS else [Send(found)]

    def _normal_key(self, key: str, now: float, context: Context) -> list[Effect]:
        action = self.keymap.lookup(key, context.pane)
        if action is None:
            # A key whose every action changes the desk.
            refused = self.read_only and self.keymap.by_key.get(normal(key)) == ()
            return [Note(READ_ONLY, wrong=True)] if refused else []
        if self.mode is Mode.HELP and action.id not in MOVES and action.id not in ("help", "escape", "quit"):
            self.mode = Mode.NORMAL
        if self.mode is Mode.HELP and action.id in ("escape", "quit"):
            self.mode = Mode.NORMAL
            return []
        return self._run(action, now, context)

    def _run(self, action: Action, now: float, context: Context) -> list[Effect]:
        opens = {"command": Mode.COMMAND, "filter": Mode.FILTER, "goto": Mode.GOTO, "palette": Mode.PALETTE}
        if action.id in opens:
            self.mode, self.choice = opens[action.id], 0
            if self.mode is Mode.FILTER:
                # That of this pane, which goes on; what was typed for another one means nothing here.
                self.editor.clear()
                self.editor.insert(context.filter)
            return []
        if action.id == "help":
            self.mode = Mode.NORMAL if self.mode is Mode.HELP else Mode.HELP
            return []
        if not action.dangerous:
            return [Act(action)]
        if action.id == "cancel-order":
            if not context.order:
                return [Note("select a working order first", wrong=True)]
            return self._send_once(Intent(Kind.CANCEL, order=context.order), now)
        if action.id in BREAK_ACTIONS:
            return self._decide(BREAK_ACTIONS[action.id], context)
        symbol = context.symbol if action.scope is Scope.SYMBOL else ""
        if action.scope is Scope.SYMBOL and not symbol:
            return [Note("select a symbol first", wrong=True)]
        if action.id == "flatten":
            return self._ask_name(Intent(Kind.FLATTEN, symbol))
        if action.id == "cancel-symbol":
            return self._ask(Intent(Kind.CANCEL, symbol), now)
        if action.id.startswith("pause"):
            return self._send_once(Intent(Kind.PAUSE, symbol), now)
        return self._ask(Intent(Kind.RESUME, symbol), now)

    def _decide(self, action: str, context: Context) -> list[Effect]:
        """Opens the command line with all but the reason, which a person has to give."""
        if not context.break_id:
            return [Note("select a break first", wrong=True)]
        if context.break_actions and action not in context.break_actions:
            can = ", ".join(context.break_actions)
            return [Note(f"{action} is not possible for {context.break_id} now: {can}", wrong=True)]
        self.mode = Mode.COMMAND
        self.editor.clear()
        self.editor.insert(f"breaks {action} {context.break_id} --reason ")
        return []

    def _ask_name(self, intent: Intent) -> list[Effect]:
        """What can't be taken back wants its symbol typed: no reflex does that."""
        self.mode, self.question = Mode.TYPED, intent
        self.editor.clear()
        return []

    def _ask(self, intent: Intent, now: float) -> list[Effect]:
        self.mode, self.question = Mode.ASKING, intent
        self.expires = now + QUESTION_S
        return []

    def _send_once(self, intent: Intent, now: float) -> list[Effect]:
        """What one key sends: a key that is held down sends it once."""
        repeats = self._last is not None and self._last[0] == intent and now - self._last[1] < REPEAT_S
        self._last = (intent, now)
        return [] if repeats else [Send(intent)]
