#include "storage/body_index.hpp"

#include "log/log.hpp"
#include "storage/body_block.hpp"
#include "storage/body_grams.hpp"
#include "storage/collect.hpp"
#include "storage/json_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace weir::storage
{
namespace
{

/// Blocks of one transaction, of a millisecond each.
constexpr std::int64_t most_blocks = 4;

/// A search does not use the index when more blocks could have its text: pages of what is so frequent are full before
/// they were all looked at.
constexpr std::int64_t most_candidates = 4096;

/// Of a pattern, so many grams are looked up.
constexpr std::size_t most_grams = 24;

// A block has a small number in the index, which takes less room there than its id.
constexpr char const* tables = R"(
CREATE VIRTUAL TABLE body_text USING fts5 (grams, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
CREATE TABLE body_text_block (number INTEGER PRIMARY KEY, block_id INTEGER NOT NULL UNIQUE) STRICT;
CREATE TABLE body_text_pending (block_id INTEGER PRIMARY KEY) STRICT;
INSERT INTO body_text_pending SELECT id FROM body_block;
CREATE TRIGGER body_text_pend AFTER INSERT ON body_block
BEGIN
    INSERT INTO body_text_pending (block_id) VALUES (new.id);
END;
CREATE INDEX request_by_block ON request (body_ref) WHERE body_ref IS NOT NULL;
)";

constexpr char const* no_tables = R"(
DROP INDEX request_by_block;
DROP TRIGGER body_text_pend;
DROP TABLE body_text_pending;
DROP TABLE body_text_block;
DROP TABLE body_text;
)";

result<bool> has_index(connection& db)
{
    return is_any(db.query("SELECT 1 FROM sqlite_schema WHERE type='table' AND name='body_text'"));
}

/// Makes the words of blocks.
class block_reader
{
public:
    /// One that is damaged has none: its bodies cannot be found otherwise, either.
    std::string words_of(std::string_view block)
    {
        if (!unpacker_.open(block)) return {};
        for (auto const& call : unpacker_.calls()) {
            grams_.add(call.texts.request);
            grams_.add(call.texts.response);
        }
        return grams_.take_words();
    }

private:
    body_unpacker unpacker_;
    gram_set grams_;
};

/// Indexes a block unless it was deleted meanwhile.
result<void> index_block(connection& db, std::int64_t block, std::string const& words)
{
    if (auto done = db.execute("DELETE FROM body_text_pending WHERE block_id=?1", block); !done) return done;
    if (db.changes() == 0) return {};
    if (auto done = db.execute("INSERT INTO body_text_block (block_id) VALUES (?1)", block); !done) return done;
    return db.execute("INSERT INTO body_text (rowid,grams) VALUES (last_insert_rowid(),?1)", words);
}

bool searches_bodies(filter_condition const& condition)
{
    bool const is_body = condition.table == "request_response_rmt" &&
                         (condition.column == "request_body" || condition.column == "response_body");
    bool const is_search = condition.how == comparison::contains || condition.how == comparison::like ||
                           condition.how == comparison::ilike;
    return is_body && is_search;
}

/// The blocks that may have a text as the condition wants it, as a JSON array; none when there are too many.
result<std::optional<std::string>> candidate_blocks(connection& db, filter_condition const& condition)
{
    auto const& text = std::get<std::string>(condition.operand);
    gram_set grams;
    add_grams_of_pattern(condition.how == comparison::contains ? '%' + text + '%' : text, grams);
    auto const words = grams.take_words(most_grams);
    if (words.empty()) return std::nullopt;
    auto const blocks = collect_column<row_id>(
        db.query("SELECT block_id FROM body_text_pending UNION ALL SELECT b.block_id FROM body_text AS t"
                 " CROSS JOIN body_text_block AS b ON b.number=t.rowid WHERE t.body_text MATCH ?1 LIMIT ?2",
                 words, most_candidates + 1));
    if (!blocks) return blocks.error();
    if (std::ssize(*blocks) > most_candidates) return std::nullopt;
    return json_of_rows(*blocks);
}

result<filter> narrowed(connection& db, filter what)
{
    for (auto& part : what.parts) {
        auto other = narrowed(db, std::move(part));
        if (!other) return other.error();
        part = std::move(*other);
    }
    if (what.is != filter::kind::condition || !searches_bodies(what.condition)) return what;
    auto blocks = candidate_blocks(db, what.condition);
    if (!blocks) return blocks.error();
    if (!*blocks) return what;
    filter in_these{.is = filter::kind::of_blocks};
    in_these.condition.operand = std::move(**blocks);
    filter both{.is = filter::kind::all_of};
    both.parts = {std::move(in_these), std::move(what)};
    return both;
}

bool has_search(filter const& what)
{
    return what.is == filter::kind::condition ? searches_bodies(what.condition)
                                              : std::ranges::any_of(what.parts, has_search);
}

} // namespace

result<void> keep_body_index(connection& db, bool wanted)
{
    auto const there = has_index(db);
    if (!there) return there.error();
    if (*there == wanted) return {};
    log::info(wanted ? "making the index of bodies; those that are there are indexed in the background"
                     : "dropping the index of bodies");
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    if (auto done = db.execute_script(wanted ? tables : no_tables); !done) return done;
    return begun->commit();
}

result<std::size_t> index_some_bodies(connection& db)
{
    auto const waiting = collect_column<std::int64_t>(
        db.query("SELECT block_id FROM body_text_pending ORDER BY block_id DESC LIMIT ?1", most_blocks));
    if (!waiting) return waiting.error();
    if (waiting->empty()) return std::size_t{0};
    block_reader reader;
    std::vector<std::pair<std::int64_t, std::string>> indexed; // made before the transaction, which is to be short
    for (auto const block : *waiting) {
        auto const content = first_value<std::string>(db.query("SELECT content FROM body_block WHERE id=?1", block));
        if (!content && content.error() != errc::not_found) return content.error();
        indexed.emplace_back(block, content ? reader.words_of(*content) : std::string());
    }
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    for (auto const& [block, words] : indexed)
        if (auto const done = index_block(db, block, words); !done) return done.error();
    if (auto const done = begun->commit(); !done) return done.error();
    return indexed.size();
}

result<void> unindex_bodies(connection& db, row_id last)
{
    auto const there = has_index(db);
    if (!there) return there.error();
    if (!*there) return {};
    if (auto done = db.execute("DELETE FROM body_text_pending WHERE block_id<=?1", last); !done) return done;
    auto const numbers = collect_column<std::int64_t>(
        db.query("SELECT number FROM body_text_block WHERE block_id<=?1 ORDER BY number", last));
    if (!numbers) return numbers.error();
    block_reader reader;
    for (auto const number : *numbers) {
        auto const content = first_value<std::string>(db.query(
            "SELECT content FROM body_block WHERE id=(SELECT block_id FROM body_text_block WHERE number=?1)", number));
        if (!content) return content.error();
        auto const done = db.execute("INSERT INTO body_text (body_text,rowid,grams) VALUES ('delete',?1,?2)", number,
                                     reader.words_of(*content));
        if (!done) return done;
    }
    return db.execute("DELETE FROM body_text_block WHERE block_id<=?1", last);
}

result<filter> narrowed_by_body_index(connection& db, filter what)
{
    if (!has_search(what)) return what;
    auto const there = has_index(db);
    if (!there) return there.error();
    if (!*there) return what;
    return narrowed(db, std::move(what));
}

} // namespace weir::storage
