#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

/// How connections of tests, with TLS and without, hand out what they have read. `read_more` adds to the buffer, and
/// returns false once the peer has ended the connection.
namespace weir::test
{

template <class ReadMore>
std::string take_exactly(std::size_t n, std::string& buffer, ReadMore const& read_more)
{
    while (buffer.size() < n)
        if (!read_more()) throw std::runtime_error("the connection ended too early, with: " + buffer);
    auto taken = buffer.substr(0, n);
    buffer.erase(0, n);
    return taken;
}

template <class ReadMore>
std::string take_through(std::string_view mark, std::string& buffer, ReadMore const& read_more)
{
    auto at = buffer.find(mark);
    for (; at == std::string::npos; at = buffer.find(mark))
        if (!read_more()) throw std::runtime_error("the connection ended too early, with: " + buffer);
    return take_exactly(at + mark.size(), buffer, read_more);
}

} // namespace weir::test
