"""Small files in the layouts that importers read."""

import gzip
import json

U_ITEM = "1|Toy Story (1995)|01-Jan-1995||http://x|" + "|".join("1" if n in (3, 5) else "0" for n in range(19))
LAYOUTS = {
    "ml-latest": {
        "movies.csv": (
            'movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,"Matrix, The (1999)",(no genres listed)\n'
        ),
        "ratings.csv": "userId,movieId,rating,timestamp\n7,1,4.0,964982703\n7,2,5.0,964982704\n",
    },
    "ml-1m": {
        "movies.dat": "1::Toy Story (1995)::Animation|Comedy\n2::Cité, La (1999)::\n".encode("latin-1"),
        "ratings.dat": "7::1::4::964982703\n7::2::5::964982704\n",
    },
    "ml-100k": {
        "u.item": U_ITEM + "\n",
        "u.data": "7\t1\t4\t964982703\n",
    },
    "goodbooks": {
        "books.csv": (
            "book_id,authors,original_publication_year,title,language_code,average_rating\n"
            '1,"A. One, B. Two",2008.0,Hunger,eng,4.34\n2,C,,Empty,,x\n'
        ),
        "ratings.csv": "user_id,book_id,rating\n7,1,5\n",
    },
    "mind": {
        "news.tsv": (
            "N1\tsports\tgolf\tGolf wins\tAbout golf\tu\t[]\t[]\nN2\tnews\tus\tVote\t\tu\t[]\t[]\n"
            "N3\tnews\tus\tRain\t\tu\t[]\t[]\n"
        ),
        "behaviors.tsv": "1\tU7\t11/13/2019 8:36:57 PM\tN1\tN2-1 N3-0\n2\tU8\t11/13/2019 8:36:57 PM\t\tN2-1\n",
    },
    "amazon-games": {
        "items.tsv": "item_id\ttitle\n0\tPhantasy I &amp; II\n1\tFire\n2\tIce\n",
        "histories.tsv": "user_id\titem_ids\n5\t0 1\n",
        "cases-dev.tsv": "user_id\thistory\ttarget\tcandidates\n9\t0\t2\t1 2\n",
    },
    "amazon-2014": {
        "meta_Games.json": (
            "{'asin': 'B1', 'title': 'It\\'s', 'brand': 'X', 'categories': [['Games', 'PC']], 'price': 9.5}\n"
        ),
        "reviews_Games.json.gz": gzip.compress(
            json.dumps({"reviewerID": "7", "asin": "B1", "overall": 4.0, "unixReviewTime": 964982703}).encode()
        ),
    },
    "amazon-2018": {
        "meta_Games.json": json.dumps(
            {"asin": "B1", "title": "It", "brand": "X", "category": ["Games"], "price": "$1,009.50"}
        ),
        "Games.csv": "B1,7,4.0,964982703\n",
    },
    "amazon-2023": {
        "meta_Games.jsonl": json.dumps(
            {"parent_asin": "B1", "title": "It", "store": "X", "categories": ["Games"], "price": None}
        ),
        "Games.jsonl": json.dumps({"user_id": "7", "parent_asin": "B1", "rating": 4.0, "timestamp": 964982703000}),
    },
    "table": {
        "items.tsv": "item_id\ttitle\tyear\ttags\na\tApple\t2001\tx|y\nb\tBanana\t\tx|z\n",
        "interactions.jsonl": json.dumps({"user_id": 7, "item_id": "a", "time": "2000-07-30T18:45:03Z", "rating": 4}),
    },
}


def write_layout(folder, name):
    place = folder / name
    place.mkdir()
    for file, content in LAYOUTS[name].items():
        (place / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    return place
