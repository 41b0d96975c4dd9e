from __future__ import annotations

from console.core.config import SystemConfig
from console.supervisor.options import UpOptions


def test_a_file_makes_it_a_replay_and_the_config_has_the_rest() -> None:
    config = SystemConfig()
    assert UpOptions.chosen(config, None, None).source == "sim"
    replay = UpOptions.chosen(config, None, "rows.csv", speed="60")
    assert replay.source == "replay"
    assert replay.file is not None
    assert replay.file.startswith("/")


def test_flags_follow_the_options_and_a_restart_resumes() -> None:
    options = UpOptions("replay", file="/f.csv", speed="max", skip_bad_rows=True)
    assert options.market_data_arguments(hold=True, resume=False) == [
        "--source", "replay", "--file", "/f.csv", "--speed", "max", "--skip-bad-rows", "--hold",
    ]  # fmt: skip
    assert options.market_data_arguments(hold=True, resume=True)[-1] == "--resume"
    assert "--seed" in UpOptions("sim", seed=0).market_data_arguments(hold=False, resume=False)


def test_options_survive_the_way_to_the_supervisor() -> None:
    options = UpOptions("sim", hold=True, seed=3, rate=1000)
    assert UpOptions.from_json(options.to_json()) == options


def test_holding_back_does_not_make_another_source() -> None:
    assert UpOptions("sim", hold=True).same_source(UpOptions("sim"))
    assert not UpOptions("sim", seed=1).same_source(UpOptions("sim"))
