"""Every detector, by name: the built-ins in one dict.

Other packages' come through the entry point group `penstock.detectors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from penstock.core.errors import InternalError
from penstock.drift.chi_square import ChiSquare
from penstock.drift.detector import Detector
from penstock.drift.hellinger import Hellinger
from penstock.drift.jensen_shannon import JensenShannon
from penstock.drift.kolmogorov_smirnov import KolmogorovSmirnov
from penstock.drift.l_infinity import LInfinity
from penstock.drift.population_stability import PopulationStability
from penstock.drift.wasserstein import Wasserstein

DETECTORS: Mapping[str, Detector] = {
    "psi": PopulationStability(),
    "js": JensenShannon(),
    "hellinger": Hellinger(),
    "ks": KolmogorovSmirnov(),
    "chi_square": ChiSquare(),
    "wasserstein": Wasserstein(),
    "l_infinity": LInfinity(),
}


def detectors() -> Mapping[str, Detector]:
    """Return every installed detector by its name; raises InternalError for one that fails to load."""
    found = dict(DETECTORS)
    for entry in entry_points(group="penstock.detectors"):
        try:
            detector: Detector = entry.load()()
        except (ImportError, AttributeError, TypeError) as problem:
            raise InternalError(f"The detector {entry.name!r} of {entry.value} does not load: {problem}") from problem
        if detector.name in found:
            raise InternalError(f"{entry.value} registers {detector.name!r}, which exists already.")
        found[detector.name] = detector
    return found
