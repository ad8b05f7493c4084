"""The tables as the code of today sees them; `migrations/` brings a database of any age to this shape."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

from workbench.store.vote import JUDGE_LENGTH
from workbench.variant import NAME_LENGTH

metadata = MetaData()

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("updated_at", String(32), nullable=False),
    Index("ix_drafts_updated_at", "updated_at"),
)

templates = Table(
    "templates",
    metadata,
    Column("name", String(NAME_LENGTH), primary_key=True),
    Column("created_at", String(32), nullable=False),
)

template_versions = Table(
    "template_versions",
    metadata,
    Column("name", String(NAME_LENGTH), ForeignKey("templates.name"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
)

# draft_id is no foreign key: the command line and a bundle make comparisons without a draft.
comparisons = Table(
    "comparisons",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("draft_id", String(64), nullable=False),
    Column("catalog", String(NAME_LENGTH), nullable=False),
    Column("catalog_fingerprint", String(64), nullable=False),
    Column("case", Text, nullable=False),
    Column("baseline", String(8), nullable=False),
    Column("created_at", String(32), nullable=False),
    Index("ix_comparisons_draft_id", "draft_id", "created_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("comparison_id", String(64), ForeignKey("comparisons.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("variant", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Text, nullable=False),
    Column("fraction", Float, nullable=False),
    Column("ranking", Text),
    Column("problems", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("ix_runs_status", "status"),
)

memo = Table(
    "memo",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("numbers", Text, nullable=False),
)

exemplars = Table(
    "exemplars",
    metadata,
    Column("catalog", String(NAME_LENGTH), primary_key=True),
    Column("id", String(NAME_LENGTH), primary_key=True),
    Column("content", Text, nullable=False),
    Column("updated_at", String(32), nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("plan", Text, nullable=False),
    Column("n_cells", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("problem", Text, nullable=False),
    Column("progress", Text, nullable=False),
    Column("seconds_left", Float),
    Column("models", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("beat", String(32), nullable=False),
    Index("ix_experiments_created_at", "created_at"),
)

experiment_cases = Table(
    "experiment_cases",
    metadata,
    Column("experiment_id", String(64), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("case_at", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)

# Of what a clock decides nothing is here, so that a run that was killed and resumed leaves the same rows.
results = Table(
    "results",
    metadata,
    Column("experiment_id", String(64), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("case_at", Integer, primary_key=True, autoincrement=False),
    Column("repeat", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    Column("key", String(64), nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("items", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_results_status", "experiment_id", "status"),  # progress is counted once a second
)

rankings = Table(
    "rankings",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)

# What a ranking cost when it was made; of the same keys as rankings.
costs = Table(
    "costs",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("seconds", Float, nullable=False),
    Column("passes", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("usage", Text, nullable=False),
)

votes = Table(
    "votes",
    metadata,
    Column("experiment_id", String(64), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("judge", String(JUDGE_LENGTH), primary_key=True),
    Column("case_at", Integer, primary_key=True, autoincrement=False),
    Column("a", Integer, primary_key=True, autoincrement=False),
    Column("b", Integer, primary_key=True, autoincrement=False),
    Column("left", Integer, nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("cast_at", String(32), nullable=False),
)
