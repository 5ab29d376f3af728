#include "storage/column_chunk.hpp"

#include "storage/connection.hpp"
#include "storage/field_texts.hpp"
#include "storage/little_endian.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>

namespace weir::storage
{
namespace
{

/// Beyond so many bytes of different texts a search reads hashes sooner than the dictionary; a few rows may not have so
/// many. What is gathered for a list may take more until it is there.
constexpr std::size_t most_dictionary_bytes = 64UL * 1024, dictionary_bytes_at_first = 4096,
                      dictionary_bytes_of_row = 48, most_gathered_bytes = 2UL * 1024 * 1024;

constexpr std::size_t length_bytes = 4;

std::int64_t value_of(chunk_values chunk, std::uint64_t stored)
{
    return stored == 0 ? no_value : static_cast<std::int64_t>(static_cast<std::uint64_t>(chunk.least) - 1 + stored);
}

/// The bytes that the numbers 0 to `greatest` need; four instead of three, since these are compared several at once.
std::size_t bytes_for(std::uint64_t greatest)
{
    std::size_t bytes = 1;
    while (bytes < 8 && greatest >> (8 * bytes) != 0) ++bytes;
    return bytes == 3 ? 4 : bytes;
}

/// `Bytes` bytes each, row by row. They are many: eight bytes are read at once, of which the last do not have as many.
template <std::size_t Bytes, class Use>
void each_stored(std::string_view content, Use& use)
{
    constexpr auto mask = std::numeric_limits<std::uint64_t>::max() >> (8 * (sizeof(std::uint64_t) - Bytes));
    auto const rows = content.size() / Bytes;
    auto const whole = std::endian::native == std::endian::little && content.size() >= sizeof(std::uint64_t)
                           ? (content.size() - sizeof(std::uint64_t)) / Bytes + 1
                           : 0;
    auto const* from = content.data();
    std::size_t row = 0;
    for (; row < whole; ++row, from += Bytes) {
        std::uint64_t stored = 0;
        std::memcpy(&stored, from, sizeof stored);
        use(row, stored & mask);
    }
    for (; row < rows; ++row, from += Bytes) use(row, number_at(from, Bytes));
}

/// What content that has as many rows has for each: 0 for none.
template <class Use>
void each_stored(std::string_view content, std::size_t rows, Use use)
{
    switch (rows == 0 ? 0 : content.size() / rows) {
    case 1: return each_stored<1>(content, use);
    case 2: return each_stored<2>(content, use);
    case 3: return each_stored<3>(content, use);
    case 4: return each_stored<4>(content, use);
    case 5: return each_stored<5>(content, use);
    case 6: return each_stored<6>(content, use);
    case 7: return each_stored<7>(content, use);
    case 8: return each_stored<8>(content, use);
    default: return;
    }
}

/// Puts 1 for each number from `first` to `last`, otherwise 0. They are compared in their own type, several at once.
template <class Number>
void mark_within(std::string_view content, std::uint64_t first, std::uint64_t last, std::uint8_t* to)
{
    constexpr std::uint64_t greatest = std::numeric_limits<Number>::max();
    if (first > greatest) return;
    auto const low = static_cast<Number>(first), span = static_cast<Number>(std::min(last, greatest) - first);
    auto const rows = content.size() / sizeof(Number);
    auto const* const from = content.data();
    for (std::size_t row = 0; row < rows; ++row) {
        Number stored{};
        std::memcpy(&stored, from + row * sizeof stored, sizeof stored);
        to[row] = static_cast<Number>(stored - low) <= span ? 1 : 0;
    }
}

/// The same, whatever bytes a number has; `to` has 0 for all rows.
void mark_within(std::string_view content, std::size_t rows, std::uint64_t first, std::uint64_t last, std::uint8_t* to)
{
    if constexpr (std::endian::native == std::endian::little) {
        switch (rows == 0 ? 0 : content.size() / rows) {
        case 1: return mark_within<std::uint8_t>(content, first, last, to);
        case 2: return mark_within<std::uint16_t>(content, first, last, to);
        case 4: return mark_within<std::uint32_t>(content, first, last, to);
        default: break;
        }
    }
    each_stored(content, rows, [first, span = last - first, to](std::size_t row, std::uint64_t stored) {
        to[row] = stored - first <= span ? 1 : 0;
    });
}

} // namespace

std::optional<encoded_chunk> chunk_head_in(rows const& row, int at)
{
    auto const form = row.get<int>(at);
    if (form < 0 || form > static_cast<int>(chunk_form::listed)) return std::nullopt;
    return encoded_chunk{.form = static_cast<chunk_form>(form),
                         .least = row.get<std::int64_t>(at + 1),
                         .greatest = row.get<std::int64_t>(at + 2),
                         .dictionary = row.get<std::string>(at + 3),
                         .value_count = row.get<std::size_t>(at + 4),
                         .filter_parts = row.get<std::int64_t>(at + 5)};
}

std::uint32_t hash_of_text(std::string_view text)
{
    std::uint32_t hash = 2'166'136'261U;
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return hash;
}

bool has_values(chunk_values chunk, std::size_t rows)
{
    if (chunk.content.empty()) return true;
    auto const bytes = rows == 0 ? 0 : chunk.content.size() / rows;
    return bytes > 0 && bytes <= sizeof(std::int64_t) && bytes * rows == chunk.content.size();
}

std::vector<std::int64_t> values_of(chunk_values chunk, std::size_t rows)
{
    if (chunk.content.empty()) return std::vector<std::int64_t>(rows, chunk.least);
    if (!has_values(chunk, rows)) return {};
    std::vector<std::int64_t> values(rows);
    each_stored(chunk.content, rows,
                [&](std::size_t row, std::uint64_t stored) { values[row] = value_of(chunk, stored); });
    return values;
}

std::int64_t value_at(chunk_values chunk, std::size_t rows, std::size_t row)
{
    if (chunk.content.empty()) return chunk.least;
    auto const bytes = chunk.content.size() / rows;
    return value_of(chunk, number_at(chunk.content.data() + row * bytes, bytes));
}

std::vector<std::uint8_t> rows_within(chunk_values chunk, std::size_t rows, number_range const& these)
{
    if (chunk.content.empty()) return std::vector<std::uint8_t>(rows, these.has(chunk.least) ? 1 : 0);
    // Compared as they are stored: of unsigned numbers one comparison tells whether they are in a range, 0 is below it.
    auto const as_stored = [&](std::int64_t value) {
        return value < chunk.least ? 0
                                   : static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(chunk.least) + 1;
    };
    auto const first = std::max<std::uint64_t>(as_stored(these.least), 1), last = as_stored(these.greatest);
    std::vector<std::uint8_t> passing(rows);
    if (these.is_without)
        each_stored(chunk.content, rows, [&, to = passing.data()](std::size_t row, std::uint64_t stored) {
            to[row] = stored != 0 && (stored < first || stored > last) ? 1 : 0;
        });
    else if (first <= last)
        mark_within(chunk.content, rows, first, last, passing.data());
    return passing;
}

std::vector<std::uint8_t> rows_of_few(chunk_values chunk, std::size_t rows, std::vector<std::int64_t> const& these)
{
    std::vector<std::uint8_t> passing(rows);
    for (auto const value : these) {
        auto const some = rows_within(chunk, rows, {.least = value, .greatest = value});
        std::ranges::transform(passing, some, passing.begin(), std::bit_or());
    }
    return passing;
}

std::vector<std::uint8_t> rows_without_value(chunk_values chunk, std::size_t rows)
{
    std::vector<std::uint8_t> without(rows);
    if (chunk.content.empty()) return without;
    mark_within(chunk.content, rows, 0, 0, without.data());
    return without;
}

std::vector<std::uint8_t> rows_of_texts(chunk_values chunk, std::size_t rows, std::vector<std::uint8_t> const& passing)
{
    auto const passes = [&](std::int64_t place) {
        return place >= 0 && place < std::ssize(passing) && passing[static_cast<std::size_t>(place)] != 0;
    };
    if (chunk.content.empty()) return std::vector<std::uint8_t>(rows, passes(chunk.least) ? 1 : 0);
    std::vector<std::uint8_t> found(rows);
    each_stored(chunk.content, rows, [&, to = found.data()](std::size_t row, std::uint64_t stored) {
        to[row] = passes(value_of(chunk, stored)) ? 1 : 0; // no_value is below 0
    });
    return found;
}

std::vector<std::string_view> texts_of(std::string_view dictionary)
{
    std::vector<std::string_view> texts;
    while (dictionary.size() >= length_bytes) {
        auto const length = number_at(dictionary.data(), length_bytes);
        dictionary.remove_prefix(length_bytes);
        if (length > dictionary.size()) break;
        texts.push_back(dictionary.substr(0, length));
        dictionary.remove_prefix(length);
    }
    return texts;
}

std::optional<encoded_chunk> listed(encoded_chunk const& of, std::size_t rows, field_texts& in, std::size_t& most_bytes)
{
    auto const numbers = in.numbers_of(texts_of(of.dictionary), most_bytes);
    if (!numbers) return std::nullopt;
    column_builder column;
    auto const values = values_of(of, rows);
    for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row] != no_value) column.add(row, numbers->at(static_cast<std::size_t>(values[row])));
    auto made = column.encoded(rows);
    made.form = chunk_form::listed;
    return made;
}

std::optional<encoded_chunk> unlisted(encoded_chunk const& of, std::size_t rows, field_texts const& in)
{
    column_builder column(false);
    auto const values = values_of(of, rows);
    for (std::size_t row = 0; row < values.size(); ++row) {
        if (values[row] == no_value) continue;
        auto const text = in.text_of(values[row]);
        if (!text) return std::nullopt;
        column.add(row, *text);
    }
    return column.encoded(rows);
}

encoded_chunk with_bounded_dictionary(encoded_chunk of, std::size_t rows)
{
    if (of.dictionary.size() <= most_dictionary_bytes) return of;
    std::vector<std::uint32_t> hashes;
    for (auto const text : texts_of(of.dictionary)) hashes.push_back(hash_of_text(text));
    column_builder column;
    auto const values = values_of(of, rows);
    for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row] != no_value) column.add_hash(row, hashes.at(static_cast<std::size_t>(values[row])));
    return column.encoded(rows);
}

void column_builder::put(std::size_t row, std::int64_t value)
{
    if (values_.size() > row) return;
    values_.resize(row, no_value);
    values_.push_back(value);
}

void column_builder::become_hashes()
{
    std::vector<std::int64_t> hashes(numbers_of_texts_.size());
    for (auto const& [text, number] : numbers_of_texts_) hashes[static_cast<std::size_t>(number)] = hash_of_text(text);
    if (form_ == chunk_form::texts)
        for (auto& value : values_)
            if (value != no_value) value = hashes[static_cast<std::size_t>(value)];
    form_ = chunk_form::hashes;
    numbers_of_texts_.clear();
}

void column_builder::add(std::size_t row, std::int64_t number) { put(row, number); }

void column_builder::add(std::size_t row, std::string_view text)
{
    if (form_ == chunk_form::hashes) return put(row, hash_of_text(text));
    if (form_ == chunk_form::texts && text == last_.first) return put(row, last_.second);
    form_ = chunk_form::texts;
    auto found = numbers_of_texts_.find(text);
    if (found == numbers_of_texts_.end()) {
        found = numbers_of_texts_.try_emplace(std::string(text), std::ssize(numbers_of_texts_)).first;
        text_bytes_ += length_bytes + text.size();
    }
    last_ = *found;
    put(row, found->second);
    if (text_bytes_ > most_bytes_at(row)) become_hashes();
}

std::size_t column_builder::most_bytes_at(std::size_t row) const
{
    return is_of_small_group_
               ? std::min(most_dictionary_bytes, dictionary_bytes_at_first + dictionary_bytes_of_row * row)
               : most_gathered_bytes;
}

void column_builder::add_hash(std::size_t row, std::uint32_t hash)
{
    if (form_ != chunk_form::hashes) become_hashes();
    put(row, hash);
}

void column_builder::add(std::size_t row, encoded_chunk const& chunk, std::vector<std::uint8_t> const& kept)
{
    auto const texts = texts_of(chunk.dictionary);
    auto const values = values_of(chunk, kept.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!kept[i]) continue;
        auto const value = values[i];
        auto const at = row++;
        if (value == no_value) continue;
        switch (chunk.form) {
        case chunk_form::numbers: add(at, value); break;
        case chunk_form::texts:
            if (value >= 0 && value < std::ssize(texts)) add(at, texts[static_cast<std::size_t>(value)]);
            break;
        case chunk_form::hashes: add_hash(at, static_cast<std::uint32_t>(value)); break;
        case chunk_form::listed: break;
        }
    }
}

encoded_chunk column_builder::encoded(std::size_t rows) const
{
    encoded_chunk made{.form = form_};
    for (auto const value : values_) {
        if (value == no_value) continue;
        bool const is_first = made.value_count++ == 0;
        made.least = is_first ? value : std::min(made.least, value);
        made.greatest = is_first ? value : std::max(made.greatest, value);
    }
    std::vector<std::string_view> texts(numbers_of_texts_.size());
    for (auto const& [text, number] : numbers_of_texts_) texts[static_cast<std::size_t>(number)] = text;
    for (auto const text : texts) {
        append_number(made.dictionary, text.size(), length_bytes);
        made.dictionary += text;
    }
    if (made.is_constant(rows)) return made;
    auto const base = static_cast<std::uint64_t>(made.least) - 1;
    auto const bytes = bytes_for(static_cast<std::uint64_t>(made.greatest) - base);
    made.content.resize(rows * bytes);
    auto* to = made.content.data();
    for (auto const value : values_) {
        auto stored = value == no_value ? 0 : static_cast<std::uint64_t>(value) - base;
        for (std::size_t i = 0; i < bytes; ++i, stored >>= 8U) *to++ = static_cast<char>(stored & 0xFFU);
    }
    return made;
}

} // namespace weir::storage
