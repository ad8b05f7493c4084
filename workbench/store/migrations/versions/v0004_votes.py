"""Blind votes, and results by how they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    key = sa.ForeignKey("experiments.id", ondelete="CASCADE")
    op.create_table(
        "votes",
        sa.Column("experiment_id", sa.String(64), key, primary_key=True),
        sa.Column("judge", sa.String(80), primary_key=True),
        sa.Column("case_at", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("a", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("b", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("cast_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_results_status", "results", ["experiment_id", "status"])


def downgrade() -> None:
    op.drop_index("ix_results_status", "results")
    op.drop_table("votes")
