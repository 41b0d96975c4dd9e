"""A client against a real ROUTER that answers as the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from console.core.control import ControlClient, NoAnswer, Question, ServiceError, ask_all
from console.core.controller import Outcome, StrategyController
from console.proto import messages_pb2 as pb

Answer = Callable[[pb.ControlRequest], pb.ControlReply | None]


class Service(threading.Thread):
    """A ROUTER; `answer` gives the reply, or None for none. `requests` are all that came."""

    def __init__(self, address: str, name: str, answer: Answer) -> None:
        super().__init__(daemon=True)
        self.requests: list[pb.ControlRequest] = []
        self.service = name
        self._answer = answer
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind(address)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            if not self._socket.poll(10):
                continue
            peer, frame = self._socket.recv_multipart()
            request = pb.ControlRequest.FromString(frame)
            self.requests.append(request)
            reply = self._answer(request)
            if reply is not None:
                reply.request_id = request.request_id
                self._socket.send_multipart([peer, reply.SerializeToString()])
        self._socket.close()
        self._context.term()

    def end(self) -> None:
        self._ended.set()
        self.join()


@pytest.fixture
def serve(desk_home: Path) -> Iterator[Callable[[str, Answer], tuple[Service, str]]]:
    services: list[Service] = []

    def start(name: str, answer: Answer) -> tuple[Service, str]:
        address = f"ipc://{desk_home}/{name}-control.ipc"
        service = Service(address, name, answer)
        service.start()
        services.append(service)
        return service, address

    yield start
    for service in services:
        service.end()


def result(outcome: pb.CommandResult.Outcome, reason: str = "") -> pb.ControlReply:
    return pb.ControlReply(result=pb.CommandResult(outcome=outcome, reason=reason))


def test_a_late_answer_is_asked_for_again_under_the_same_id(
    serve: Callable[..., tuple[Service, str]],
) -> None:
    seen: list[str] = []

    def answer(request: pb.ControlRequest) -> pb.ControlReply | None:
        seen.append(request.request_id)
        return None if len(seen) < 3 else pb.ControlReply(pong=pb.Pong(pid=7))

    _, address = serve("risk-manager", answer)
    with ControlClient(address, "risk-manager") as client:
        assert client.ping(timeout_s=5.0).pid == 7
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_silence_is_unknown_when_the_request_left(serve: Callable[..., tuple[Service, str]]) -> None:
    _, address = serve("risk-manager", lambda request: None)
    with ControlClient(address, "risk-manager") as client, pytest.raises(NoAnswer) as silence:
        client.ping(timeout_s=0.3)
    assert silence.value.sent


def test_nothing_waits_for_a_service_that_is_not_there(
    desk_home: Path, serve: Callable[..., tuple[Service, str]]
) -> None:
    with ControlClient(f"ipc://{desk_home}/risk-manager-control.ipc", "risk-manager") as client:
        with pytest.raises(NoAnswer) as silence:
            client.command(pb.StrategyCommand(type=pb.StrategyCommand.RESUME_TRADING), timeout_s=0.2)
        assert not silence.value.sent
        # It comes up now: what was given up must not reach it.
        service, _ = serve("risk-manager", lambda request: pb.ControlReply(pong=pb.Pong(pid=1)))
        client.ping(timeout_s=5.0)
    assert [request.WhichOneof("body") for request in service.requests] == ["ping"]


def test_a_late_reply_to_an_earlier_request_is_passed_over(serve: Callable[..., tuple[Service, str]]) -> None:
    held = threading.Event()

    def answer(request: pb.ControlRequest) -> pb.ControlReply | None:
        if request.WhichOneof("body") == "snapshot":
            held.wait(5.0)
            return pb.ControlReply(snapshot=pb.Snapshot(sequence=1))
        return pb.ControlReply(pong=pb.Pong(pid=2))

    _, address = serve("execution-engine", answer)
    with ControlClient(address, "execution-engine") as client:
        with pytest.raises(NoAnswer):
            client.snapshot(timeout_s=0.1)
        held.set()
        assert client.ping(timeout_s=5.0).pid == 2


def test_a_refusal_to_read_is_an_error(serve: Callable[..., tuple[Service, str]]) -> None:
    _, address = serve("market-data", lambda request: pb.ControlReply(error="no orders here"))
    with ControlClient(address, "market-data") as client, pytest.raises(ServiceError, match="no orders here"):
        client.snapshot(timeout_s=5.0)


def test_one_silent_service_does_not_hold_up_the_others(serve: Callable[..., tuple[Service, str]]) -> None:
    _, loud = serve("execution-engine", lambda request: pb.ControlReply(pong=pb.Pong(pid=1)))
    _, mute = serve("risk-manager", lambda request: None)
    with ControlClient(mute, "risk-manager") as first, ControlClient(loud, "execution-engine") as second:
        questions = [Question(c, pb.ControlRequest(ping=pb.Ping())) for c in (first, second)]
        order: list[str] = []
        answers = ask_all(questions, 0.4, on_answer=lambda answer: order.append(answer.client.service))
    assert isinstance(answers[0].reply, NoAnswer)
    assert isinstance(answers[1].reply, pb.ControlReply)
    assert order == ["execution-engine", "risk-manager"]


def test_a_kill_goes_to_both_under_one_id_and_never_expires(
    serve: Callable[..., tuple[Service, str]],
) -> None:
    engine, address = serve("execution-engine", lambda request: result(pb.CommandResult.ACCEPTED))
    risk, _ = serve("risk-manager", lambda request: result(pb.CommandResult.DONE))
    with StrategyController(address) as controller:
        answer = controller.activate_kill_switch("drill")
    assert answer.outcome is Outcome.ACCEPTED
    commands = [service.requests[0].command for service in (engine, risk)]
    assert {command.command_id for command in commands} == {answer.command_id}
    assert {command.valid_until_us for command in commands} == {0}
    assert {command.reason for command in commands} == {"drill"}


def test_what_raises_risk_expires(serve: Callable[..., tuple[Service, str]]) -> None:
    engine, address = serve("execution-engine", lambda request: result(pb.CommandResult.DONE))
    with StrategyController(address) as controller:
        controller.resume_trading("ALFA")
        controller.pause_trading()
    resume, pause = (request.command for request in engine.requests)
    assert resume.valid_until_us > resume.issued_us
    assert (resume.symbol, pause.symbol, pause.valid_until_us) == ("ALFA", "", 0)


class Latch:
    """A service with a latch: answers checklists and re-arms like the real ones."""

    def __init__(self, missing: list[str] | None = None, *, refuses: str = "") -> None:
        self.killed = True
        self.missing = missing or []
        self.refuses = refuses
        self.reasons: list[str] = []

    def __call__(self, request: pb.ControlRequest) -> pb.ControlReply:
        command = request.command
        if command.type == pb.StrategyCommand.KILL_SWITCH:
            self.killed = True
            self.reasons.append(command.reason)
            return result(pb.CommandResult.DONE)
        if self.missing or (self.refuses and not command.check_only):
            reason = self.refuses or "not yet"
            refused = pb.CommandResult(outcome=pb.CommandResult.REFUSED, reason=reason, missing=self.missing)
            return pb.ControlReply(result=refused)
        if command.check_only:
            after = "can be re-armed" if self.killed else ""
            return pb.ControlReply(result=pb.CommandResult(outcome=pb.CommandResult.DONE, after=after))
        self.killed = False
        return result(pb.CommandResult.DONE)


@pytest.mark.parametrize("refusing", ["risk-manager", "execution-engine", "both"])
def test_a_refused_rearm_lifts_neither_latch_and_shows_both_checklists(
    serve: Callable[..., tuple[Service, str]], refusing: str
) -> None:
    engine = Latch(["VERIFIED"] if refusing != "risk-manager" else [])
    risk = Latch(["fed"] if refusing != "execution-engine" else [])
    _, address = serve("execution-engine", engine)
    serve("risk-manager", risk)
    with StrategyController(address) as controller:
        answer = controller.rearm("all clear")
    assert answer.outcome is Outcome.REFUSED
    assert [a.missing for a in answer.acknowledgements] == [tuple(risk.missing), tuple(engine.missing)]
    assert engine.killed
    assert risk.killed


def test_a_rearm_lifts_both_latches(serve: Callable[..., tuple[Service, str]]) -> None:
    engine, risk = Latch(), Latch()
    _, address = serve("execution-engine", engine)
    serve("risk-manager", risk)
    with StrategyController(address) as controller:
        assert controller.rearm("all clear").outcome is Outcome.DONE
        assert (engine.killed, risk.killed) == (False, False)
        again = controller.rearm("once more")
    assert again.outcome is Outcome.REFUSED, "nothing is killed"


def test_an_engine_that_refuses_after_all_leaves_both_killed(
    serve: Callable[..., tuple[Service, str]],
) -> None:
    engine, risk = Latch(refuses="the venue is gone"), Latch()
    _, address = serve("execution-engine", engine)
    serve("risk-manager", risk)
    with StrategyController(address) as controller:
        answer = controller.rearm("all clear")
    assert answer.outcome is Outcome.REFUSED
    assert engine.killed
    assert risk.killed
    assert "the venue is gone" in risk.reasons[0]


def test_one_that_is_not_killed_keeps_the_other_from_nothing(
    serve: Callable[..., tuple[Service, str]],
) -> None:
    engine, risk = Latch(), Latch()
    engine.killed = False
    _, address = serve("execution-engine", engine)
    serve("risk-manager", risk)
    with StrategyController(address) as controller:
        assert controller.rearm("all clear").outcome is Outcome.DONE
    assert not risk.killed


def test_an_unanswered_command_is_asked_for_by_its_id(serve: Callable[..., tuple[Service, str]]) -> None:
    def answer(request: pb.ControlRequest) -> pb.ControlReply | None:
        if request.WhichOneof("body") == "command":
            return None
        return pb.ControlReply(
            result=pb.CommandResult(
                command_id=request.query.command_id, outcome=pb.CommandResult.DONE, working_orders=3
            )
        )

    _, address = serve("execution-engine", answer)
    with StrategyController(address) as controller:
        command = controller.command(pb.StrategyCommand.PAUSE_TRADING)
        answered = controller.send(command, [controller._engine], 0.4)
    assert answered.outcome is Outcome.DONE
    assert answered.acknowledgements[0].working_orders == 3


def test_silence_to_the_end_is_unknown(serve: Callable[..., tuple[Service, str]]) -> None:
    _, address = serve("execution-engine", lambda request: None)
    with StrategyController(address) as controller:
        command = controller.command(pb.StrategyCommand.PAUSE_TRADING)
        answered = controller.send(command, [controller._engine], 0.3)
    assert answered.outcome is Outcome.UNKNOWN
    assert not answered.outcome.obeyed


def test_limits_go_by_name_and_none_is_no_limit(serve: Callable[..., tuple[Service, str]]) -> None:
    risk, _ = serve("risk-manager", lambda request: result(pb.CommandResult.DONE))
    _, address = serve("execution-engine", lambda request: None)
    with StrategyController(address) as controller:
        controller.update_risk_limits(max_daily_loss=5000.0, price_collar=0.01)
        with pytest.raises(ValueError, match="No limit"):
            controller.update_risk_limits()
    assert dict(risk.requests[0].command.parameters) == {"max_daily_loss": 5000.0, "price_collar": 0.01}
