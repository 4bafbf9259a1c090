import pytest

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.losses import WGANGP
from rpgan.models import WaveGAN
from rpgan.processes import FGN
from rpgan.representations import Pad, Scale, chain
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training


@pytest.fixture(scope="session")
def run():
    """A training of a second: 30 steps on short series."""
    adam = Adam(learning_rate=1e-3, betas=(0.5, 0.9))
    return Run(
        data=Encoding(
            draw=Draw(dataset="d", part="train", process=FGN(hurst=0.8), length=32, n=64, seed=1),
            steps=(Pad(), Scale()),
        ),
        label="toy",
        replicate=0,
        seed=3,
        model=WaveGAN(channels=8, levels=2),
        loss=WGANGP(),
        training=Training(
            steps=30,
            batch_size=16,
            discriminator_updates=2,
            generator=adam,
            discriminator=adam,
            ema_half_life=5,
        ),
    )


@pytest.fixture(scope="session")
def tensors(run):
    real = run.data.draw.series()
    return chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)
