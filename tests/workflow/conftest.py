import pytest
from project_copy import Copy, copy_to


@pytest.fixture(scope="package")
def finished(tmp_path_factory) -> Copy:
    """A copy in which the toy grid has been made. Leave it as it was."""
    copy = copy_to(tmp_path_factory.mktemp("finished"))
    copy.make()
    return copy
