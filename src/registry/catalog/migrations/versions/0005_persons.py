"""The person whose API key it is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply. Keys that are there are nobody's in particular."""
    op.add_column("api_key", sa.Column("person", sa.JSON(), nullable=True))
