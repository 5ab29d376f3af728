#pragma once

#include "storage/column_chunk.hpp"
#include "storage/connection.hpp"
#include "storage/errors.hpp"
#include "storage/field_texts.hpp"
#include "storage/group_fields.hpp"
#include "storage/row_groups.hpp"
#include "storage/stored_blob.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace weir::storage
{

/// What a search reads of row groups, and keeps while it goes on. All that is read must be of one instant.
class group_columns
{
public:
    explicit group_columns(connection& db)
        : db_(&db)
    {
    }

    /// Where more of the calls up to the newest that has a group wait for one, a search looks at all calls.
    static constexpr std::size_t most_waiting = 65'536;

    /// Finds the groups, and which calls they do not have, of which there may be more than `most_waiting`.
    result<void> find();

    /// The one with the newest row first.
    std::vector<row_group> const& groups() const { return groups_; }
    /// The rows up to the newest that has a group which have none, or none as they are now, in order.
    std::vector<std::int64_t> const& waiting() const { return waiting_; }
    /// Whether some group has rows no longer as they are now.
    bool has_gaps() const { return has_gaps_; }

    /// A field's chunk, without its content; null if the group has none.
    result<encoded_chunk const*> head_of(row_group const& in, field_name field);

    /// The list of a field's texts.
    result<field_texts const*> texts_of_field(std::string const& field);

    /// The keys of few rows of a group: the others are not read.
    result<std::vector<std::int64_t>> read_ids(row_group const& of, std::vector<std::size_t> const& places);

    /// Returns what `use` makes of the keys of a group's rows.
    template <class Use>
    std::invoke_result_t<Use, chunk_values> with_ids(row_group const& of, Use use)
    {
        return with_values(db_->query("SELECT row_ids FROM row_group WHERE id=?1", of.id), of, of.first_row, use);
    }

    /// Returns what `use` makes of the values of a chunk.
    template <class Use>
    std::invoke_result_t<Use, chunk_values> with_values(row_group const& in, field_name field,
                                                        encoded_chunk const& head, Use use)
    {
        if (head.is_constant(in.rows)) return use({head.least, {}});
        return with_values(
            db_->query("SELECT content FROM column_content WHERE row_group=?1 AND field=?2", in.id, field), in,
            head.least, use);
    }

private:
    using heads_of_groups = std::unordered_map<std::int64_t, std::optional<encoded_chunk>>;

    /// What is known of a field's chunks.
    struct known_heads {
        heads_of_groups of_groups{}; ///< none: the group has no chunk
        bool is_complete = false;    ///< all others have none
    };

    result<void> find_groups();
    result<void> find_exceptions();
    result<void> read_head(field_name field, row_group const& of, heads_of_groups& to);
    result<void> read_heads(field_name field, heads_of_groups& to);

    /// They are used where SQLite has them: to copy them takes as long.
    template <class Use>
    static std::invoke_result_t<Use, chunk_values> with_values(result<rows> found, row_group const& in,
                                                               std::int64_t least, Use use)
    {
        if (!found) return found.error();
        if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
        chunk_values const values(least, found->get<std::string_view>(0));
        if (!has_values(values, in.rows)) return make_error_code(errc::damaged);
        return use(values);
    }

    connection* db_;
    std::vector<row_group> groups_{};
    std::vector<std::int64_t> waiting_{};
    bool has_gaps_ = false;
    std::map<std::string, known_heads, std::less<>> heads_{};
    std::optional<stored_blob> keys_{};
    std::map<std::string, field_texts, std::less<>> texts_{};
};

} // namespace weir::storage
