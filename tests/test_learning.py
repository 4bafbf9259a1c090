"""Do the networks of the default grid learn? Minutes of training: `pytest -m slow`."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rpgan import params
from rpgan.metrics.psd_distance import PSDDistance
from rpgan.representations import chain
from rpgan.stages.sample import tensors
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.state import State

CPU = torch.device("cpu")
SHARE = 0.6  # of the untrained distance: well beyond its interval over generated series


@pytest.mark.slow
@pytest.mark.parametrize("model", ["wavegan", "stftgan"])
@pytest.mark.parametrize("dataset", ["fgn_h0.2", "fgn_h0.8", "fbm_h0.5", "band3"])
def test_training_improves_the_spectrum_of_gaussian_noise(dataset, model, tmp_path):
    shipped = params.load(Path(__file__).parents[1] / "params.yaml")
    run = shipped.run(dataset, model, 0)
    real = run.data.draw.series()
    fitted = chain.fit(run.data.steps, real)
    encoded = chain.encode(run.data.steps, fitted, real)
    test = shipped.draw(dataset, "test").series().astype(np.float64)
    metric = PSDDistance().fit(test, run.data.draw.process)

    def distance(G):
        fake = chain.decode(run.data.steps, fitted, tensors(run, G, 512, CPU))
        return metric(np.asarray(fake, np.float64))["psd_distance"]

    state, _ = train(run, Data.on(CPU, encoded), tmp_path / "unfinished.pt", interval=1e9)
    assert distance(state.sampler) < SHARE * distance(State(run, CPU).G)
