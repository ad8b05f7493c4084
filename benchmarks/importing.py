"""A million interactions in: seconds, rows a second and peak memory, and how soon the catalog loads; prints Markdown.

Run by `make bench-import`; an argument is another number of interactions. Each layout is imported by a process of its
own, so that its peak memory is its own.
"""

import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from machine import machine

from workbench.catalogs import load_catalog
from workbench.catalogs.importing import IMPORTERS, import_catalog

INTERACTIONS, ITEMS, USERS = 1_000_000, 20_000, 50_000
BROKEN = 1_000
"""One row in so many names a film that is not there."""
UNIT = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else INTERACTIONS
    print(f"# Imports of {rows:,} interactions\n\n{machine()}\n")
    print(f"{ITEMS:,} items, {USERS:,} users; one row in {BROKEN:,} names an item that is not there, and is told.")
    print(
        "CPU seconds are those of the import alone, whatever else the computer does; loading is that of the catalog.\n"
    )
    print("| layout | seconds | CPU seconds | rows a second | kept | dropped | peak MB | loading, s |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for layout in LAYOUTS:
        with tempfile.TemporaryDirectory() as folder:
            write(layout, Path(folder) / "data", rows)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.apply(measured, (layout, Path(folder), rows)), flush=True)


def measured(layout: str, folder: Path, rows: int) -> str:
    kind, _ = LAYOUTS[layout]
    importer = IMPORTERS[kind]()
    started, cpu = time.perf_counter(), time.process_time()
    done = import_catalog(importer, folder / "data", folder / "home", "films", importer.about)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / 1e6
    started = time.perf_counter()
    catalog = load_catalog(folder / "home" / "films")
    loading = time.perf_counter() - started
    kept, dropped = len(catalog.interactions), sum(d.count for d in done.dropped)
    assert kept == done.kept["interactions"]
    cells = f"{seconds:.1f} | {cpu:.1f} | {rows / seconds:,.0f} | {kept:,} | {dropped:,} | {memory:.0f} | {loading:.1f}"
    return f"| {layout} | {cells} |"


def write(layout: str, place: Path, rows: int) -> None:
    """Popular and rare items, users in no order."""
    place.mkdir()
    draw = random.Random(0)
    _, write_items = LAYOUTS[layout]
    name, line = write_items(place)
    with (place / name).open("a") as file:
        for n in range(rows):
            item = f"none{n}" if n % BROKEN == BROKEN - 1 else str(int(draw.random() ** 2 * ITEMS))
            file.write(line(draw.randrange(USERS), item, draw.randrange(1, 6), draw.randrange(10**9, 15 * 10**8)))


def movielens_csv(place: Path):
    with (place / "movies.csv").open("w") as file:
        file.write("movieId,title,genres\n")
        file.writelines(f"{n},Film number {n} ({1950 + n % 70}),Drama|Comedy\n" for n in range(ITEMS))
    (place / "ratings.csv").write_text("userId,movieId,rating,timestamp\n")
    return "ratings.csv", lambda user, item, rating, at: f"{user},{item},{rating}.0,{at}\n"


def movielens_dat(place: Path):
    with (place / "movies.dat").open("w") as file:
        file.writelines(f"{n}::Film number {n} ({1950 + n % 70})::Drama|Comedy\n" for n in range(ITEMS))
    return "ratings.dat", lambda user, item, rating, at: f"{user}::{item}::{rating}::{at}\n"


def reviews(place: Path):
    with (place / "meta_Things.jsonl").open("w") as file:
        rows = ({"parent_asin": str(n), "title": f"Thing {n}", "store": "X", "price": 9.5} for n in range(ITEMS))
        file.writelines(json.dumps(row) + "\n" for row in rows)

    def line(user, item, rating, at):
        said = {"rating": rating, "title": "Fine", "text": "It does what it says.", "parent_asin": item}
        return json.dumps({**said, "user_id": f"U{user}", "timestamp": at * 1000, "verified_purchase": True}) + "\n"

    return "Things.jsonl", line


LAYOUTS = {
    "movielens, ratings.csv": ("movielens", movielens_csv),
    "movielens, ratings.dat": ("movielens", movielens_dat),
    "amazon-reviews, JSON lines (row by row)": ("amazon-reviews", reviews),
}


if __name__ == "__main__":
    main()
