"""TensorBoard's view of a training, for those who have it installed."""

from pathlib import Path
from typing import Any

from rpgan.errors import UserError
from rpgan.training.history import Row


class Events:
    """Every column of the history as a curve, in `folder`."""

    def __init__(self, folder: Path, done: int):
        try:
            from torch.utils.tensorboard.writer import SummaryWriter
        except ModuleNotFoundError as error:
            raise UserError(
                f"--tensorboard needs {error.name}: pip install 'rpgan[tensorboard]'"
            ) from None
        self.writer: Any = SummaryWriter(str(folder), purge_step=done + 1)

    def add(self, rows: list[Row]) -> None:
        for row in rows:
            for name, value in row.items():
                if name != "step":
                    self.writer.add_scalar(name, value, int(row["step"]))

    def close(self) -> None:
        self.writer.close()
