#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Types of members that say what C++'s own cannot. `std::optional<T>` may be absent and is left out when empty.
namespace weir::api
{

class spooled_body;

/// A member that is always there and may be `null`. `std::optional<nullable<T>>` is absent, null or a value.
template <class T>
struct nullable {
    std::optional<T> value;

    nullable() = default;
    nullable(std::nullopt_t) {}
    nullable(T v)
        : value(std::move(v))
    {
    }
    nullable(std::optional<T> v)
        : value(std::move(v))
    {
    }

    bool operator==(nullable const&) const = default;
};

/// Only ever `null`: the data of an endpoint that has nothing to say.
struct null {
    bool operator==(null const&) const = default;
};

/// Only ever `true`: members such as `include.inputs`, which may be left out but not be false.
struct literal_true {
    bool operator==(literal_true const&) const = default;
};

/// Text that is JSON already and is written as it stands. Its maker answers for its being valid.
struct raw_json {
    std::string text = "null";

    bool operator==(raw_json const&) const = default;
};

/// The body of a request as it came: of whatever type, and not read.
struct raw_body {
    std::string bytes, content_type, content_encoding;
};

/// Likewise, for bodies of any length: they are kept in a file.
struct file_body {
    std::shared_ptr<spooled_body> content; ///< none: the body is empty
    std::string content_encoding;
};

/// The fields of a request's head. Only what a handler's request type calls `headers` has this type.
using header_fields = std::vector<std::pair<std::string, std::string>>;

/// One entry of a type's `wire_names`: a member or enumerator whose name in JSON is no C++ identifier.
///
///     constexpr auto wire_names(text_test const*) { return std::array{renamed{"not_equals", "not-equals"}}; }
struct renamed {
    std::string_view member, wire;
};

} // namespace weir::api
