"""Drafts, template versions, comparisons with their runs, and the memo."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_drafts_updated_at", "drafts", ["updated_at"])
    _create_templates()
    _create_comparisons()
    op.create_table(
        "memo",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("numbers", sa.Text, nullable=False),
    )


def _create_templates() -> None:
    op.create_table(
        "templates",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "template_versions",
        sa.Column("name", sa.String(200), sa.ForeignKey("templates.name"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )


def _create_comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("draft_id", sa.String(64), nullable=False),
        sa.Column("catalog", sa.String(200), nullable=False),
        sa.Column("catalog_fingerprint", sa.String(64), nullable=False),
        sa.Column("case", sa.Text, nullable=False),
        sa.Column("baseline", sa.String(8), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_comparisons_draft_id", "comparisons", ["draft_id", "created_at"])
    op.create_table(
        "runs",
        sa.Column(
            "comparison_id", sa.String(64), sa.ForeignKey("comparisons.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("fraction", sa.Float, nullable=False),
        sa.Column("ranking", sa.Text),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.create_index("ix_runs_status", "runs", ["status"])


def downgrade() -> None:
    for table in ("memo", "runs", "comparisons", "template_versions", "templates", "drafts"):
        op.drop_table(table)
