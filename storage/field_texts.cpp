#include "storage/field_texts.hpp"

#include "storage/collect.hpp"
#include "storage/little_endian.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

constexpr std::size_t numbers_of_part = 2048;

/// A list counts as full before it is, so that one that takes nothing more is not read in vain.
constexpr std::size_t most_field_bytes = 4UL * 1024 * 1024, slack_bytes = 64UL * 1024;

constexpr std::size_t length_bytes = 4;
constexpr std::uint64_t free_length = 0xFFFF'FFFF;

/// Calls `use(number, text)` for each number of a part, with none where it is free; errc::damaged when it is.
template <class Use>
result<void> each_of_part(std::size_t part, std::string_view texts, Use use)
{
    for (std::size_t i = 0; !texts.empty(); ++i) {
        if (texts.size() < length_bytes || i == numbers_of_part) return make_error_code(errc::damaged);
        auto const length = number_at(texts.data(), length_bytes);
        texts.remove_prefix(length_bytes);
        bool const is_free = length == free_length;
        if (!is_free && length > texts.size()) return make_error_code(errc::damaged);
        use(part * numbers_of_part + i, is_free ? std::optional<std::string_view>() : texts.substr(0, length));
        if (!is_free) texts.remove_prefix(length);
    }
    return {};
}

} // namespace

result<field_texts> field_texts::read(connection& db, field_name field)
{
    field_texts made(field);
    auto found = db.query("SELECT part,texts FROM field_text WHERE field=?1 ORDER BY part", field);
    if (!found) return found.error();
    while (found->next()) {
        auto const added = made.add_part(found->get<std::size_t>(0), found->get<std::string>(1));
        if (!added) return added.error();
    }
    if (found->error()) return found->error();
    return made;
}

result<bool> field_texts::are_full(connection& db, field_name field)
{
    return first_value<bool>(db.query("SELECT coalesce(sum(length(texts)),0)>=?2 FROM field_text WHERE field=?1", field,
                                      most_field_bytes - slack_bytes));
}

result<void> field_texts::each(connection& db, field_name field, std::function<bool(std::string_view)> const& is_wanted,
                               std::function<void(std::int64_t, std::string_view)> const& use)
{
    auto found = db.query("SELECT part,texts FROM field_text WHERE field=?1 ORDER BY part", field);
    if (!found) return found.error();
    for (std::size_t part = 0; found->next(); ++part) {
        if (found->get<std::size_t>(0) != part) return make_error_code(errc::damaged);
        auto const texts = found->get<std::string_view>(1);
        if (!is_wanted(texts)) continue;
        auto const read = each_of_part(part, texts, [&use](std::size_t number, std::optional<std::string_view> text) {
            if (text) use(static_cast<std::int64_t>(number), *text);
        });
        if (!read) return read;
    }
    if (found->error()) return found->error();
    return {};
}

result<void> field_texts::add_part(std::size_t part, std::string texts)
{
    if (texts_.size() != part * numbers_of_part) return make_error_code(errc::damaged);
    bytes_ += texts.size();
    return each_of_part(part, kept_.emplace_back(std::move(texts)),
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

std::optional<std::vector<std::int64_t>> field_texts::numbers_of(std::vector<std::string_view> const& texts,
                                                                 std::size_t& most_bytes)
{
    if (!is_indexed_) index_texts();
    std::size_t more = 0;
    for (auto const text : texts)
        if (!numbers_.contains(text)) more += length_bytes + text.size();
    if (more > most_bytes || bytes_ + more > most_field_bytes) return std::nullopt;
    most_bytes -= more;
    bytes_ += more;
    std::vector<std::int64_t> numbers;
    for (auto const text : texts) {
        auto const found = numbers_.find(text);
        numbers.push_back(found == numbers_.end() ? add(text) : found->second);
    }
    return numbers;
}

std::int64_t field_texts::add(std::string_view text)
{
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

std::vector<field_texts::changed_part> field_texts::changes() const
{
    std::vector<changed_part> all;
    for (auto const part : changed_parts_) {
        auto& texts = all.emplace_back(changed_part{.field = field_, .part = part, .texts = {}}).texts;
        auto const first = part * numbers_of_part, end = std::min(texts_.size(), first + numbers_of_part);
        for (auto number = first; number < end; ++number) {
            auto const text = texts_[number];
            append_number(texts, text ? text->size() : free_length, length_bytes);
            texts += text.value_or("");
        }
    }
    return all;
}

result<void> field_texts::write(connection& db, std::vector<changed_part> const& changes)
{
    for (auto const& [field, part, texts] : changes) {
        auto const done = db.execute("INSERT INTO field_text (field,part,texts) VALUES (?1,?2,?3)"
                                     " ON CONFLICT (field,part) DO UPDATE SET texts=?3",
                                     field, part, blob{texts});
        if (!done) return done;
    }
    return {};
}

} // namespace weir::storage
