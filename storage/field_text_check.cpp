#include "storage/field_text_check.hpp"

#include "storage/collect.hpp"
#include "storage/field_texts.hpp"
#include "storage/value_filter.hpp"

#include <vector>

namespace weir::storage
{

result<void> check_field_texts(connection& db, field_name field)
{
    return db.execute("INSERT INTO field_text_check (field) VALUES (?1)", field);
}

result<std::optional<std::string>> field_to_check(connection& db)
{
    auto due = collect_column<std::string>(db.query("SELECT field FROM field_text_check ORDER BY id LIMIT 1"));
    if (!due) return due.error();
    return due->empty() ? std::optional<std::string>() : std::optional(std::move(due->front()));
}

result<void> forget_unused_texts(connection& db, std::string const& field, std::function<void()> const& before_writing)
{
    auto const last =
        first_value<std::int64_t>(db.query("SELECT coalesce(max(id),0) FROM field_text_check WHERE field=?1", field));
    if (!last) return last.error();
    auto texts = field_texts::read(db, field);
    if (!texts) return texts.error();
    std::vector<bool> used(static_cast<std::size_t>(texts->size()));
    auto const found = each_listed_number(db, field, [&used](std::int64_t number) {
        if (number >= 0 && number < std::ssize(used)) used[static_cast<std::size_t>(number)] = true;
    });
    if (!found) return found.error();
    for (std::int64_t number = 0; number < texts->size(); ++number)
        if (!used[static_cast<std::size_t>(number)]) texts->forget(number);
    before_writing();
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    if (auto const done = field_texts::write(db, texts->changes()); !done) return done.error();
    auto const done = db.execute("DELETE FROM field_text_check WHERE field=?1 AND id<=?2", field, *last);
    if (!done) return done.error();
    return begun->commit();
}

} // namespace weir::storage
