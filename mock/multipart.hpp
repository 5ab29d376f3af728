#pragma once

#include "mock/request.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace weir::mock
{

/// What a multipart upload said.
struct multipart {
    std::map<std::string, std::string, std::less<>> fields; // of parts without a file name
    std::string file_name;
    std::string file_type;
    std::uint64_t file_bytes = 0;

    /// The field's value, else empty.
    std::string field(std::string_view name) const;
};

/// Reads the parts of a `multipart/form-data` body with one file. Of a body too long to be kept, parts in the middle
/// are taken as the file's.
multipart read_multipart(request const& from);

} // namespace weir::mock
