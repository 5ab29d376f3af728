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

/// Reads a part, number by number.
class part_reader
{
public:
    part_reader(std::size_t part, std::string_view texts)
        : texts_(texts)
        , number_(part * numbers_of_part)
        , end_(number_ + numbers_of_part)
    {
    }

    /// Goes to the next number; errc::not_found behind the last one, errc::damaged where there is none as it should be.
    boost::system::error_code next()
    {
        at_ = behind_;
        if (at_ == texts_.size()) return errc::not_found;
        if (texts_.size() - at_ < length_bytes || number_ == end_) return errc::damaged;
        auto const length = number_at(texts_.data() + at_, length_bytes);
        behind_ += length_bytes;
        ++number_;
        text_.reset();
        if (length == free_length) return {};
        if (length > texts_.size() - behind_) return errc::damaged;
        text_ = texts_.substr(behind_, length);
        behind_ += length;
        return {};
    }

    std::size_t number() const { return number_ - 1; }
    /// None when the number is free.
    std::optional<std::string_view> text() const { return text_; }
    /// Where in the part the number and its text stand.
    std::size_t begin() const { return at_; }
    std::size_t end() const { return behind_; }

private:
    std::string_view texts_;
    std::size_t number_, end_;
    std::size_t at_ = 0, behind_ = 0;
    std::optional<std::string_view> text_{};
};

/// Calls `use(number, text)` for the texts of a part that `find` does not rule out.
result<void> each_wanted(std::size_t part, std::string_view texts, text_finder const& find,
                         std::function<void(std::int64_t, std::string_view)> const& use)
{
    part_reader reader(part, texts);
    auto place = find(texts);
    while (place != texts.npos) {
        if (auto const failed = reader.next()) return failed == errc::not_found ? result<void>() : failed;
        if (place < reader.begin()) {
            place = find(texts.substr(reader.begin()));
            if (place != texts.npos) place += reader.begin();
        }
        if (place < reader.end() && reader.text()) use(static_cast<std::int64_t>(reader.number()), *reader.text());
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

result<void> field_texts::each(connection& db, field_name field, text_finder const& find,
                               std::function<void(std::int64_t, std::string_view)> const& use)
{
    auto found = db.query("SELECT part,texts FROM field_text WHERE field=?1 ORDER BY part", field);
    if (!found) return found.error();
    for (std::size_t part = 0; found->next(); ++part) {
        if (found->get<std::size_t>(0) != part) return make_error_code(errc::damaged);
        auto const read = each_wanted(part, found->get<std::string_view>(1), find, use);
        if (!read) return read;
    }
    if (found->error()) return found->error();
    return {};
}

result<void> field_texts::check(connection& db, field_name field)
{
    auto const all = [](std::string_view) { return std::size_t{0}; };
    return each(db, field, all, [](std::int64_t, std::string_view) {});
}

result<void> field_texts::add_part(std::size_t part, std::string texts)
{
    if (texts_.size() != part * numbers_of_part) return make_error_code(errc::damaged);
    bytes_ += texts.size();
    part_reader reader(part, kept_.emplace_back(std::move(texts)));
    for (;;) {
        if (auto const failed = reader.next()) return failed == errc::not_found ? result<void>() : failed;
        texts_.push_back(reader.text());
    }
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
