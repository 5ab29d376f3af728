#pragma once

#include "evaluation/report_column.hpp"
#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <variant>
#include <vector>

namespace weir::storage
{
class connection;
}

/// The calls that cells of reports stand for, and what their answers say.
namespace weir::experiments
{

/// Bytes of the answer to a cell's call.
inline constexpr std::size_t most_cell_answer = std::size_t{4} * 1024 * 1024;

struct report_call {
    std::string provider; ///< weir's id of it
    std::string target;   ///< of the gateway
    std::string body;     ///< JSON
    std::string problem;  ///< why there is no call to make; empty: there is
};

/// The call of a column that needs one, with the cells that it reads; an error is of the store.
storage::result<report_call> plan_report_call(storage::connection& db, storage::organization_id organization,
                                              evaluation::template_column const& column,
                                              evaluation::row_cells const& cells);
report_call plan_report_call(evaluation::assertion_column const& column, evaluation::row_cells const& cells);

/// What the body of a good answer comes to.
evaluation::cell_result read_report_answer(evaluation::template_column const& column,
                                           evaluation::row_cells const& cells, std::string const& body);
evaluation::cell_result read_report_answer(evaluation::assertion_column const& column,
                                           evaluation::row_cells const& cells, std::string const& body);

} // namespace weir::experiments
