from shared.databases.mysql.migrating import statements


def test_statements_end_at_semicolons_that_are_not_quoted() -> None:
    text = """
        INSERT INTO a VALUES ('one; two', "it's; fine", 'it''s', 'back\\'slash;');
        CREATE TABLE `odd;name` (b INT);
        SELECT 1
    """

    assert statements(text) == [
        "INSERT INTO a VALUES ('one; two', \"it's; fine\", 'it''s', 'back\\'slash;')",
        "CREATE TABLE `odd;name` (b INT)",
        "SELECT 1",
    ]


def test_statements_leave_comments_out() -> None:
    text = """
        -- don't stop; here
        SELECT 1; # nor here; 'or'
        /* nor;
           here */ SELECT 2 - 1, 3 / 4; --
    """

    assert statements(text) == ["SELECT 1", "SELECT 2 - 1, 3 / 4"]


def test_statements_keep_comments_that_the_server_executes() -> None:
    assert statements("CREATE TABLE a (b INT) /*!50100 PARTITION BY HASH (b) */;") == [
        "CREATE TABLE a (b INT) /*!50100 PARTITION BY HASH (b) */"
    ]


def test_statements_of_nothing_are_none() -> None:
    assert statements(" ;; -- nothing\n ; ") == []
