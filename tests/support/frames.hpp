#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::test
{

/// One websocket frame. The first member says everything of its head's first byte.
struct frame {
    enum : unsigned char { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10, final = 0x80 };

    unsigned char first = text | final;
    std::string payload;
    std::optional<std::string> mask = std::nullopt; ///< four bytes; a client's frames have one
    int length_bytes = -1;                          ///< 0, 2 or 8 extended ones; -1: as few as do
};

/// The frame as it goes over the wire.
std::string bytes_of(frame const& f);

/// Whole text messages of either side.
std::string server_text(std::string_view text);
std::string client_text(std::string_view text);

/// Close frames; no code: an empty one.
std::string server_close(std::optional<int> code, std::string_view reason = "");
std::string client_close(std::optional<int> code, std::string_view reason = "");

} // namespace weir::test
