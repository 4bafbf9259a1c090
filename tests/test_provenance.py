import os

import pytest

from rpgan import provenance
from rpgan.errors import UserError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of three modules in place of rpgan: a imports b, inside a function."""
    files = {
        "a.py": "X = 1\ndef f():\n    from rpgan.inner.b import g\n    return g()\n",
        "inner/__init__.py": "from rpgan.inner.b import g\nfrom rpgan.inner.c import h\n",
        "inner/b.py": "def g():\n    return 1\n",
        "inner/c.py": "def h():\n    return 2\n",
        "d.py": "from rpgan.inner import g\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path)
    yield tmp_path
    forget()


def forget():
    for function in (provenance._read, provenance.code_digest):
        function.cache_clear()


def digest(*modules):
    forget()
    return provenance.code_digest(*modules)


def test_what_changes_a_digest(package):
    before = digest("a")
    (package / "inner/c.py").write_text("def h():\n    return 3\n")
    assert digest("a") == before, "not imported"
    (package / "inner/b.py").write_text('# why\ndef g():\n    """What."""\n\n    return  1\n')
    assert digest("a") == before, "comments, docstrings and layout"
    (package / "inner/b.py").write_text("def g():\n    return 1.0\n")
    assert digest("a") != before, "imported inside of a function"


def test_a_list_of_what_exists_is_not_followed(package):
    before = digest("d")
    (package / "inner/__init__.py").write_text("")
    (package / "inner/b.py").write_text("def g():\n    return 5\n")
    assert digest("d") == before
    assert digest("d", "inner.b") != before


def test_constants_count(package):
    (package / "a.py").write_text("X = 1\n")
    one = digest("a")
    for text in ("X = 2\n", "X = 1.0\n", "X = '1'\n", "X = True\n", "Y = 1\n"):
        (package / "a.py").write_text(text)
        assert digest("a") != one


def test_a_module_that_is_not_there(package):
    with pytest.raises(FileNotFoundError):
        digest("absent")


def test_settings_or_code_that_changed_meanwhile_stop_a_stage(package, monkeypatch):
    (package / "params.yaml").write_text("seed: 1\n")
    provenance.require_unchanged()  # without a workflow there is nothing to hold
    jobs = provenance.environment(package)
    assert jobs["PYTHONPATH"] == str(package / "src")
    assert jobs["PATH"].endswith(os.environ["PATH"])
    for name in (provenance.STATE, provenance.PARAMS):
        monkeypatch.setenv(name, jobs[name])
    provenance.require_unchanged()
    assert provenance.environment(package)[provenance.STATE] == jobs[provenance.STATE]
    (package / "inner/c.py").write_text("def h():\n    return 4\n")
    for check in (provenance.require_unchanged, lambda: provenance.environment(package)):
        with pytest.raises(UserError, match="changed while this workflow runs"):
            check()
    (package / "inner/c.py").write_text("def h():\n    return 2\n")
    (package / "params.yaml").write_text("seed: 2\n")
    with pytest.raises(UserError, match="changed while this workflow runs"):
        provenance.require_unchanged()
