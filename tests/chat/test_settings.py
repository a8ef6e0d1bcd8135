import pytest

from tinytales.chat.settings import MOST_EMPHASIS, ConversationSettings
from tinytales.errors import UsageError


@pytest.mark.parametrize("emphasis", [-1, 0, MOST_EMPHASIS + 1])
def test_an_emphasis_that_a_row_could_not_hold_is_refused(emphasis: int) -> None:
    with pytest.raises(UsageError, match="emphasis"):
        ConversationSettings(emphasis=emphasis)
    assert ConversationSettings(emphasis=MOST_EMPHASIS).emphasis == MOST_EMPHASIS
