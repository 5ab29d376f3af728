#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// The values that some thousand calls have of one field, as columnar files keep them: numbers as their distance from
/// the least one, texts as numbers of a dictionary.
namespace weir::storage
{

class field_texts;
class rows;

/// What stands for a value that a row does not have.
inline constexpr std::int64_t no_value = std::numeric_limits<std::int64_t>::min();

/// Numbers from `least` to `greatest`, or all but these.
struct number_range {
    std::int64_t least = no_value + 1;
    std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
    bool is_without = false;

    bool has(std::int64_t number) const { return (number >= least && number <= greatest) != is_without; }

    /// Whether it has one number alone.
    bool is_one() const { return least == greatest && !is_without; }

    /// Whether it has none of those from `first` to `last`.
    bool has_none(std::int64_t first, std::int64_t last) const
    {
        return is_without ? least <= first && last <= greatest : last < least || greatest < first;
    }
};

enum class chunk_form : std::uint8_t {
    numbers = 0,
    texts = 1,  ///< the values are places in the dictionary
    hashes = 2, ///< hash_of_text of texts that are too many for a dictionary
    listed = 3  ///< numbers of the field's list (storage/field_texts.hpp)
};

/// A chunk on its way to the database and back. `content` has for each row, in as few bytes as the range needs but
/// never in 3, its value - least + 1, little-endian, and 0 for none; where all rows have the same value it is empty.
/// `dictionary` is each text behind its length, of four bytes.
struct encoded_chunk {
    chunk_form form = chunk_form::numbers;
    std::int64_t least = 0, greatest = 0;
    std::string dictionary{}, content{};
    std::size_t value_count = 0;   ///< rows that have a value
    std::int64_t filter_parts = 0; ///< all of its value filter (storage/value_filter.hpp) are below that; 0: none

    /// Whether all rows have the same value.
    bool is_constant(std::size_t rows) const { return value_count == rows && least == greatest; }
};

/// The values of a chunk where they stand: in it, or still with SQLite.
struct chunk_values {
    std::int64_t least = 0;
    std::string_view content{};

    chunk_values(std::int64_t least_value, std::string_view values)
        : least(least_value)
        , content(values)
    {
    }
    chunk_values(encoded_chunk const& in)
        : chunk_values(in.least, in.content)
    {
    }
};

/// The columns of table column_chunk that say of a chunk all but its content, and how they are read from the column
/// `at` on; none when they are damaged.
#define WEIR_CHUNK_HEAD "form,least,greatest,dictionary,value_count,filter_parts"
std::optional<encoded_chunk> chunk_head_in(rows const& row, int at);

/// 32 bits of FNV-1a.
std::uint32_t hash_of_text(std::string_view text);

/// Whether the content has as much as that many rows need.
bool has_values(chunk_values chunk, std::size_t rows);

/// Reads the values of `rows` rows; empty when it has not.
std::vector<std::int64_t> values_of(chunk_values chunk, std::size_t rows);

/// The value of one row, of content that has it.
std::int64_t value_at(chunk_values chunk, std::size_t rows, std::size_t row);

/// For each row 1 if its value is there and one of these, otherwise 0; of content that has them.
std::vector<std::uint8_t> rows_within(chunk_values chunk, std::size_t rows, number_range const& these);

/// For each row 1 if its value is one of these few, otherwise 0; of content that has them.
std::vector<std::uint8_t> rows_of_few(chunk_values chunk, std::size_t rows, std::vector<std::int64_t> const& these);

/// For each row 1 if it has no value, otherwise 0; of content that has them.
std::vector<std::uint8_t> rows_without_value(chunk_values chunk, std::size_t rows);

/// For each row 1 if there is a text at its place in the dictionary that passes, otherwise 0; of content that has them.
std::vector<std::uint8_t> rows_of_texts(chunk_values chunk, std::size_t rows, std::vector<std::uint8_t> const& passing);

/// Reads a dictionary; what is damaged ends it. The texts live as long as what they were read from.
std::vector<std::string_view> texts_of(std::string_view dictionary);

/// A chunk of texts in another form. None when their list has no room for them, or would grow by more than
/// `most_bytes`, which is lowered by what it grows.
std::optional<encoded_chunk> listed(encoded_chunk const& of, std::size_t rows, field_texts& in,
                                    std::size_t& most_bytes);
/// A chunk of listed texts with a dictionary; none when the list does not have them.
std::optional<encoded_chunk> unlisted(encoded_chunk const& of, std::size_t rows, field_texts const& in);
/// The same chunk if its dictionary is not too large, otherwise one of hashes.
encoded_chunk with_bounded_dictionary(encoded_chunk of, std::size_t rows);

/// Gathers the values of a field, row by row in ascending order; the rows between have none, and of two values of a row
/// the first counts. Of one form: numbers, or texts and hashes.
class column_builder
{
public:
    /// Those that are too many for a small group become hashes, or else those that nothing but memory bounds.
    explicit column_builder(bool is_of_small_group = true)
        : is_of_small_group_(is_of_small_group)
    {
    }

    void add(std::size_t row, std::int64_t number);
    void add(std::size_t row, std::string_view text);
    void add_hash(std::size_t row, std::uint32_t hash);

    /// Adds what a chunk, not of listed texts, has of those rows for which `kept` is not 0, of which the first becomes
    /// `row`.
    void add(std::size_t row, encoded_chunk const& chunk, std::vector<std::uint8_t> const& kept);

    bool is_empty() const { return values_.empty(); }
    encoded_chunk encoded(std::size_t rows) const;

private:
    void put(std::size_t row, std::int64_t value);
    void become_hashes();
    std::size_t most_bytes_at(std::size_t row) const;

    bool is_of_small_group_;
    chunk_form form_ = chunk_form::numbers;
    std::vector<std::int64_t> values_;
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::int64_t, text_hash, std::equal_to<>> numbers_of_texts_;
    std::pair<std::string, std::int64_t> last_{}; ///< calls that follow each other often have the same text
    std::size_t text_bytes_ = 0;
};

} // namespace weir::storage
