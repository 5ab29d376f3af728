#include "mock/multipart.hpp"

#include <optional>
#include <string_view>

namespace weir::mock
{
namespace
{

/// `name="value"` or `name=value` within a header line.
std::optional<std::string> attribute(std::string_view line, std::string_view name)
{
    auto const wanted = std::string(name) + "=";
    for (auto at = line.find(wanted); at != std::string_view::npos; at = line.find(wanted, at + 1)) {
        if (at > 0 && line[at - 1] != ' ' && line[at - 1] != ';') continue; // the end of a longer name
        auto value = line.substr(at + wanted.size());
        if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
        return std::string(value.substr(0, value.find_first_of("; \r\n")));
    }
    return std::nullopt;
}

/// The value of a header within the lines of a part's head.
std::string_view header_in(std::string_view head, std::string_view lower_name)
{
    while (!head.empty()) {
        auto const end = head.find("\r\n");
        auto const line = head.substr(0, end);
        if (auto const colon = line.find(':');
            colon != std::string_view::npos && equals_lower(line.substr(0, colon), lower_name)) {
            auto value = line.substr(colon + 1);
            while (value.starts_with(' ')) value.remove_prefix(1);
            return value;
        }
        head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
    }
    return {};
}

/// Reads the parts in `text`, which starts after a boundary. `base` is where `text` starts within the body. Returns the
/// offset within the body at which a file starts whose end is not in `text`, else 0.
std::uint64_t read_parts(std::string_view text, std::uint64_t base, std::string const& boundary, multipart& into)
{
    std::size_t at = 0;
    while (text.substr(at).starts_with("\r\n")) {
        at += 2;
        auto const head_end = text.find("\r\n\r\n", at);
        if (head_end == std::string_view::npos) return 0;
        auto const head = text.substr(at, head_end - at);
        auto const start = head_end + 4;
        auto const end = text.find(boundary, start);
        auto const disposition = header_in(head, "content-disposition");
        if (auto file_name = attribute(disposition, "filename")) {
            into.file_name = *file_name;
            into.file_type = header_in(head, "content-type");
            if (end == std::string_view::npos) return base + start;
            into.file_bytes = end - start;
        } else if (end != std::string_view::npos) {
            into.fields[attribute(disposition, "name").value_or("")] = text.substr(start, end - start);
        }
        if (end == std::string_view::npos) return 0;
        at = end + boundary.size();
    }
    return 0;
}

} // namespace

std::string multipart::field(std::string_view name) const
{
    auto const found = fields.find(name);
    return found == fields.end() ? std::string{} : found->second;
}

multipart read_multipart(request const& from)
{
    multipart result;
    auto const name = attribute(from.header("content-type"), "boundary");
    if (!name) return result;
    auto const boundary = "\r\n--" + *name;
    auto const first = boundary.size() - 2;
    if (!from.body.starts_with(std::string_view(boundary).substr(2))) return result;

    auto const file_start = read_parts(std::string_view(from.body).substr(first), first, boundary, result);
    if (file_start == 0 || from.body_is_whole()) return result;
    auto const end = from.tail.find(boundary);
    if (end == std::string::npos) return result;
    auto const tail_start = from.body_bytes - from.tail.size();
    result.file_bytes = tail_start + end - file_start;
    auto const after = end + boundary.size();
    read_parts(std::string_view(from.tail).substr(after), tail_start + after, boundary, result);
    return result;
}

} // namespace weir::mock
