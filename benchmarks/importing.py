"""A million interactions in: seconds, rows a second and peak memory, and how soon the catalog loads.

Run by `make bench-import`; an argument is another number of interactions.
"""

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from workbench.catalogs import load_catalog
from workbench.catalogs.importing import IMPORTERS, import_catalog

INTERACTIONS, ITEMS, USERS = 1_000_000, 20_000, 50_000
UNIT = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else INTERACTIONS
    with tempfile.TemporaryDirectory() as folder:
        place, home = Path(folder) / "ml", Path(folder) / "home"
        write(place, rows)
        importer = IMPORTERS["movielens"]()
        started = time.perf_counter()
        import_catalog(importer, place, home, "films", importer.about)
        seconds = time.perf_counter() - started
        memory = peak()
        started = time.perf_counter()
        catalog = load_catalog(home / "films")
        loading = time.perf_counter() - started
    print(
        f"{rows:,} interactions imported in {seconds:.1f} s, {rows / seconds:,.0f} rows/s, peak memory {memory:.0f} MB"
    )
    print(f"{len(catalog.items):,} items and {len(catalog.interactions):,} interactions loaded in {loading:.1f} s")


def write(place: Path, rows: int) -> None:
    """The layout of ml-latest, with popular and rare films."""
    place.mkdir()
    draw = random.Random(0)
    with (place / "movies.csv").open("w") as file:
        file.write("movieId,title,genres\n")
        file.writelines(f"{n},Film number {n} ({1950 + n % 70}),Drama|Comedy\n" for n in range(ITEMS))
    with (place / "ratings.csv").open("w") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for _ in range(rows):
            item = int(draw.random() ** 2 * ITEMS)
            file.write(f"{draw.randrange(USERS)},{item},{draw.randrange(1, 6)}.0,{draw.randrange(10**9, 15 * 10**8)}\n")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / 1e6


if __name__ == "__main__":
    main()
