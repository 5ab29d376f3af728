#include "storage/field_text_check.hpp"

#include "storage/collect.hpp"
#include "storage/column_chunk.hpp"
#include "storage/field_texts.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage
{
namespace
{

/// Which numbers of a field's texts the groups have.
class used_numbers
{
public:
    explicit used_numbers(std::int64_t size)
        : used_(static_cast<std::size_t>(size))
    {
    }

    result<void> find(connection& db, std::string const& field)
    {
        auto found = db.query("SELECT row_group," WEIR_CHUNK_HEAD " FROM column_chunk WHERE field=?1", field);
        if (!found) return found.error();
        while (found->next()) {
            auto const head = chunk_head_in(*found, 1);
            if (!head) return make_error_code(errc::damaged);
            if (head->form != chunk_form::listed) continue;
            for (auto const number : numbers_of(*head)) add(number);
        }
        if (found->error()) return found->error();
        return {};
    }

    bool has(std::int64_t number) const { return used_[static_cast<std::size_t>(number)]; }

private:
    void add(std::int64_t number)
    {
        if (number >= 0 && number < std::ssize(used_)) used_[static_cast<std::size_t>(number)] = true;
    }

    std::vector<bool> used_;
};

} // namespace

result<bool> forget_unused_texts(connection& db, std::function<void()> const& before_writing)
{
    using boost::system::in_place_error; // an error is a bool, too
    auto const due = collect_column<std::string>(db.query("SELECT field FROM field_text_check ORDER BY id LIMIT 1"));
    if (!due) return {in_place_error, due.error()};
    if (due->empty()) return false;
    auto const& field = due->front();
    auto const last =
        first_value<std::int64_t>(db.query("SELECT coalesce(max(id),0) FROM field_text_check WHERE field=?1", field));
    if (!last) return {in_place_error, last.error()};
    auto texts = field_texts::read(db, field);
    if (!texts) return {in_place_error, texts.error()};
    used_numbers used(texts->size());
    if (auto const found = used.find(db, field); !found) return {in_place_error, found.error()};
    for (std::int64_t number = 0; number < texts->size(); ++number)
        if (!used.has(number)) texts->forget(number);
    before_writing();
    auto begun = transaction::begin(db);
    if (!begun) return {in_place_error, begun.error()};
    if (auto const done = field_texts::write(db, texts->changes()); !done) return {in_place_error, done.error()};
    auto const done = db.execute("DELETE FROM field_text_check WHERE field=?1 AND id<=?2", field, *last);
    if (!done) return {in_place_error, done.error()};
    if (auto const committed = begun->commit(); !committed) return {in_place_error, committed.error()};
    return true;
}

} // namespace weir::storage
