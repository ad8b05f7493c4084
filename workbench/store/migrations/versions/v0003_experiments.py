"""Experiments with their cases and results, and rankings by what they were asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("n_cells", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("seconds_left", sa.Float),
        sa.Column("models", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("beat", sa.String(32), nullable=False),
    )
    op.create_index("ix_experiments_created_at", "experiments", ["created_at"])
    op.create_table(
        "experiment_cases",
        _of_experiment(),
        sa.Column("case_at", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    _create_results()


def _create_results() -> None:
    op.create_table(
        "results",
        _of_experiment(),
        sa.Column("entry", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case_at", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("repeat", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
    )
    op.create_table(
        "rankings",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "costs",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("passes", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("usage", sa.Text, nullable=False),
    )


def _of_experiment() -> sa.Column[str]:
    key = sa.ForeignKey("experiments.id", ondelete="CASCADE")
    return sa.Column("experiment_id", sa.String(64), key, primary_key=True)


def downgrade() -> None:
    for table in ("costs", "rankings", "results", "experiment_cases", "experiments"):
        op.drop_table(table)
