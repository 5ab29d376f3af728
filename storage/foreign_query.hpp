#pragma once

#include "storage/request_record.hpp"
#include "storage/sql.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// SQL that users write, over the views of storage/record_views.hpp.
namespace weir::storage
{

class connection;

/// What a query may take. Beyond it there is no answer: a part of one would be taken for all of it.
struct foreign_query_limits {
    std::size_t rows = 10'000;
    std::size_t bytes = 16UL << 20U;   ///< of all values
    std::size_t memory = 128UL << 20U; ///< while it runs
};
inline constexpr int most_foreign_sql = 20'000;    ///< bytes of a statement
inline constexpr int most_foreign_value = 8 << 20; ///< bytes of one value

struct foreign_answer {
    std::vector<std::string> columns; ///< no two alike
    std::vector<std::vector<sql_value>> rows;
};

/// Why there is no answer. `text` says what is wrong with the query, for its author; without it the store has failed.
struct foreign_refusal {
    boost::system::error_code code;
    std::string text;

    foreign_refusal() = default; // boost::system::result asks for it
    foreign_refusal(boost::system::error_code c, std::string t = {})
        : code(c)
        , text(std::move(t))
    {
    }
};

/// Runs one statement that reads, over the views of one organisation and nothing else.
///
/// It runs on a connection of its own, made for it: the views are there, and the record itself under a name that cannot
/// be guessed. It ends early when `db`, of the same database, says so (`connection::progress`). On a reader thread.
boost::system::result<foreign_answer, foreign_refusal> run_foreign_query(connection& db, organization_id organization,
                                                                         std::string_view statement,
                                                                         foreign_query_limits const& limits = {});

} // namespace weir::storage
