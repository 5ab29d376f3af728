#include "storage/field_texts.hpp"

#include "storage/collect.hpp"
#include "storage/little_endian.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

constexpr std::size_t numbers_of_part = 2048;
constexpr std::size_t most_field_bytes = 4UL * 1024 * 1024;

constexpr std::size_t length_bytes = 4;
constexpr std::uint64_t free_length = 0xFFFF'FFFF;

/// Calls `use(number, text)` for each number of a part, with none where it is free. What is damaged ends it.
template <class Use>
void each_of_part(std::size_t part, std::string_view texts, Use use)
{
    auto const first = part * numbers_of_part;
    for (auto number = first; texts.size() >= length_bytes && number < first + numbers_of_part; ++number) {
        auto const length = number_at(texts.data(), length_bytes);
        texts.remove_prefix(length_bytes);
        bool const is_free = length == free_length;
        if (!is_free && length > texts.size()) return;
        use(number, is_free ? std::optional<std::string_view>() : texts.substr(0, length));
        if (!is_free) texts.remove_prefix(length);
    }
}

} // namespace

result<field_texts> field_texts::read(connection& db, field_name field)
{
    field_texts made(field);
    auto found = db.query("SELECT part,texts FROM field_text WHERE field=?1 ORDER BY part", field);
    if (!found) return found.error();
    while (found->next()) made.add_part(found->get<std::size_t>(0), found->get<std::string>(1));
    if (found->error()) return found->error();
    return made;
}

result<bool> field_texts::are_full(connection& db, field_name field)
{
    return first_value<bool>(
        db.query("SELECT coalesce(sum(length(texts)),0)>=?2 FROM field_text WHERE field=?1", field, most_field_bytes));
}

result<void> field_texts::each(connection& db, field_name field,
                               std::function<void(std::int64_t, std::string_view)> const& use)
{
    auto found = db.query("SELECT part,texts FROM field_text WHERE field=?1 ORDER BY part", field);
    if (!found) return found.error();
    while (found->next())
        each_of_part(found->get<std::size_t>(0), found->get<std::string_view>(1),
                     [&use](std::size_t number, std::optional<std::string_view> text) {
                         if (text) use(static_cast<std::int64_t>(number), *text);
                     });
    if (found->error()) return found->error();
    return {};
}

void field_texts::add_part(std::size_t part, std::string texts)
{
    bytes_ += texts.size();
    texts_.resize(std::max(texts_.size(), part * numbers_of_part));
    each_of_part(part, kept_.emplace_back(std::move(texts)),
                 [this](std::size_t, std::optional<std::string_view> text) { texts_.push_back(text); });
}

std::optional<std::string_view> field_texts::text_of(std::int64_t number) const
{
    return number >= 0 && number < size() ? texts_[static_cast<std::size_t>(number)] : std::nullopt;
}

void field_texts::index_texts()
{
    numbers_.reserve(texts_.size());
    for (std::int64_t number = 0; number < size(); ++number) {
        if (auto const text = text_of(number))
            numbers_.try_emplace(*text, number);
        else
            free_.push_back(number);
    }
    is_indexed_ = true;
}

std::optional<std::int64_t> field_texts::number_of(std::string_view text)
{
    if (!is_indexed_) index_texts();
    auto const found = numbers_.find(text);
    return found == numbers_.end() ? add(text) : found->second;
}

std::optional<std::int64_t> field_texts::add(std::string_view text)
{
    bytes_ += length_bytes + text.size();
    if (bytes_ > most_field_bytes) return std::nullopt;
    std::string_view const kept = kept_.emplace_back(text);
    auto const number = free_.empty() ? size() : free_.back();
    if (free_.empty())
        texts_.emplace_back();
    else
        free_.pop_back();
    change(static_cast<std::size_t>(number), kept);
    numbers_.emplace(kept, number);
    return number;
}

void field_texts::forget(std::int64_t number)
{
    if (text_of(number)) change(static_cast<std::size_t>(number), std::nullopt);
}

void field_texts::change(std::size_t number, std::optional<std::string_view> text)
{
    texts_[number] = text;
    changed_parts_.insert(number / numbers_of_part);
}

result<void> field_texts::write(connection& db)
{
    for (auto const part : changed_parts_) {
        std::string texts;
        auto const first = part * numbers_of_part, end = std::min(texts_.size(), first + numbers_of_part);
        for (auto number = first; number < end; ++number) {
            auto const text = texts_[number];
            append_number(texts, text ? text->size() : free_length, length_bytes);
            texts += text.value_or("");
        }
        auto const done = db.execute("INSERT INTO field_text (field,part,texts) VALUES (?1,?2,?3)"
                                     " ON CONFLICT (field,part) DO UPDATE SET texts=?3",
                                     field_, part, blob{texts});
        if (!done) return done;
    }
    changed_parts_.clear();
    return {};
}

} // namespace weir::storage
