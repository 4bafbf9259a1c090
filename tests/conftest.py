import pytest
import torch


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Before any fixture: one thread, as trainings have, whatever the test before has set."""
    torch.set_num_threads(1)
