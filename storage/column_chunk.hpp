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

class rows;

/// What stands for a value that a row does not have.
inline constexpr std::int64_t no_value = std::numeric_limits<std::int64_t>::min();

enum class chunk_form : std::uint8_t {
    numbers = 0,
    texts = 1, ///< the values are places in the dictionary
    hashes = 2 ///< hash_of_text of texts that are too many for a dictionary
};

/// A chunk on its way to the database and back. `content` has for each row, in as few bytes as the range needs, its
/// value - least + 1, little-endian, and 0 for none; where all rows have the same value it is empty. `dictionary` is
/// each text behind its length, of four bytes.
struct encoded_chunk {
    chunk_form form = chunk_form::numbers;
    std::int64_t least = 0, greatest = 0;
    std::string dictionary{}, content{};
};

/// The columns of table column_chunk that say of a chunk all but its content, and how they are read from the column
/// `at` on; none when they are damaged.
#define WEIR_CHUNK_HEAD "form,least,greatest,dictionary"
std::optional<encoded_chunk> chunk_head_in(rows const& row, int at);

/// 32 bits of FNV-1a.
std::uint32_t hash_of_text(std::string_view text);

/// Whether the content has as much as that many rows need.
bool has_values(encoded_chunk const& chunk, std::size_t rows);

/// Reads the values of `rows` rows; empty when it has not.
std::vector<std::int64_t> values_of(encoded_chunk const& chunk, std::size_t rows);

/// The value of one row, of content that has it.
std::int64_t value_at(encoded_chunk const& chunk, std::size_t rows, std::size_t row);

/// Reads a dictionary; what is damaged ends it. The texts live as long as what they were read from.
std::vector<std::string_view> texts_of(std::string_view dictionary);

/// Gathers the values of a field, row by row in ascending order; the rows between have none, and of two values of a row
/// the first counts. Of one form: numbers, or texts and hashes.
class column_builder
{
public:
    void add(std::size_t row, std::int64_t number);
    void add(std::size_t row, std::string_view text);
    void add_hash(std::size_t row, std::uint32_t hash);

    /// Adds what a chunk has of those rows for which `kept` is not 0, of which the first becomes `row`.
    void add(std::size_t row, encoded_chunk const& chunk, std::vector<std::uint8_t> const& kept);

    bool is_empty() const { return values_.empty(); }
    encoded_chunk encoded(std::size_t rows) const;

private:
    void put(std::size_t row, std::int64_t value);
    void become_hashes();

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
