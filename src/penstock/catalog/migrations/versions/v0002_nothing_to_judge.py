"""An evaluation may have had nothing to judge: neither breached nor not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("evaluations") as table:
        table.alter_column("breached", existing_type=sa.Boolean, nullable=True)
