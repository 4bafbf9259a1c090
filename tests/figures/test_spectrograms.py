import numpy as np
from numpy.testing import assert_allclose

from rpgan.figures import spectrograms


def test_white_noise_has_its_variance_at_every_frequency():
    x = 3 * np.random.default_rng(0).standard_normal(2**17)
    power = 10 ** (spectrograms.spectrogram(x) / 10)
    assert power.shape[0] == 513  # windows of 1024, the power of two nearest to 2 sqrt(length)
    assert_allclose(power[1:-1].mean(), 9, rtol=0.02)


def test_a_published_length_has_the_published_window():
    assert spectrograms.spectrogram(np.zeros(4096)).shape[0] == 65
    assert np.isfinite(spectrograms.spectrogram(np.zeros(4096))).all()
    assert spectrograms.spectrogram(np.ones(3)).shape[0] == 2


def test_a_tone_is_where_its_time_and_frequency_are():
    t = np.arange(4096)
    x = np.where(t >= 2048, np.sin(2 * np.pi * 0.25 * t), 0)
    power = spectrograms.spectrogram(x)
    assert power[:, -1].argmax() == 32  # a quarter cycle per sample, of 64 bins up to a half
    assert power[:, 0].max() < power[:, -1].max() - 100


def test_columns_share_the_targets_scale_and_rows_are_few(of_size, folder_of):
    family = of_size(12)
    root = folder_of(family)
    figure = spectrograms.draw(family, root)
    panels = [ax for ax in figure.axes if ax.images]
    assert len(panels) == 9
    for row in np.reshape(np.array(panels), (3, 3)):
        ends = [ax.images[0].get_clim() for ax in row]
        assert ends == 3 * [spectrograms.limits(np.array(row[0].images[0].get_array()))]
    shown = [ax.get_ylabel() for ax in figure.axes if not ax.images]
    values = list(family.members.values())
    assert [label.split("\n")[0] for label in shown] == [
        f"Hurst exponent {values[i]:g}" for i in (0, 6, 11)
    ]


def test_colours_span_what_the_target_has_of_60_db():
    power = np.linspace(-20, 19.5, 1001)
    assert spectrograms.limits(power) == (-20, 20)  # the percentile is -19.6
    power[0] = -1000
    assert spectrograms.limits(power) == (-20, 20), "one dark cell of a thousand"
    assert spectrograms.limits(np.linspace(-200, 19.5, 1001)) == (-40, 20)
