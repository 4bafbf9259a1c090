import pytest
import torch

from rpgan.errors import UserError
from rpgan.stages import doctor

CPU = torch.device("cpu")


def test_the_smallest_model_learns(capsys):
    assert doctor.learns(CPU)
    assert "cpu: 150 steps in" in capsys.readouterr().out


def test_what_is_here(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "learns", lambda device: True)
    monkeypatch.setattr(doctor, "PACKAGES", ["numpy", "no-such-package"])
    doctor.doctor()
    out = capsys.readouterr().out
    assert "numpy" in out
    assert "no-such-package not installed" in out
    assert "CPU: " in out
    assert "GPU" in out


def test_a_network_that_does_not_learn_is_told(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "train", lambda run, *_, **__: (doctor.State(run, CPU), []))
    assert not doctor.learns(CPU)
    assert "FAILED" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "learns", lambda device: False)
    with pytest.raises(UserError, match="did not learn"):
        doctor.doctor()
