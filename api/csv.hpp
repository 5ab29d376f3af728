#pragma once

#include "api/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// CSV as RFC 4180 has it, for spreadsheets.
namespace weir::api
{

/// Appends text as a field. What a spreadsheet would take for a formula gets an apostrophe before it, which makes it
/// text there.
void append_csv_field(std::string_view text, std::string& to);

/// Takes a text apart, which must live as long as this. Records end with CRLF or LF; a mark of UTF-8 before the first
/// is passed over, and an apostrophe that append_csv_field() wrote is taken away.
class csv_reader
{
public:
    explicit csv_reader(std::string_view text);

    /// The fields of the next record, of `most` bytes at the most; none at the end. The error names the line.
    result<std::vector<std::string>> next(std::size_t most);

    /// The line on which the record began that came last.
    std::size_t line() const { return line_; }

private:
    failure fail(std::string_view why) const;
    result<std::string> field();
    result<std::string> quoted_field();

    std::string_view rest_;
    std::size_t line_ = 0, next_line_ = 1;
};

} // namespace weir::api
