#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway::websocket
{

/// Who sends: a client masks what it sends, a server must not.
enum class side : unsigned char { client, server };

/// The kinds of messages. The last three are of the protocol itself: control frames, which may come between the
/// fragments of another message.
enum class kind : unsigned char { text, binary, close, ping, pong };

/// Bytes of one message, in the order in which they came.
struct piece {
    kind of;
    bool first, last;                    ///< the message begins, ends with it
    std::string_view bytes;              ///< still masked if `mask` is not zero
    std::array<unsigned char, 4> mask{}; ///< turned so that it begins with the first byte

    /// Appends the bytes, without their mask.
    void append_to(std::string& text) const;
};

/// Reads the frames that one side sends (RFC 6455, section 5, without extensions), whatever pieces they come in.
/// Strict: what the RFC forbids ends the reading. Keeps nothing but a frame's head.
class frame_reader
{
public:
    explicit frame_reader(side from)
        : from_(from)
    {
    }

    /// The next piece in `bytes`, which loses what was read. None when all is read, from the first wrong byte on, and
    /// behind a close frame.
    std::optional<piece> next(std::string_view& bytes);

    /// What the side did wrong; empty as long as it did not.
    std::string_view problem() const { return problem_; }

private:
    bool read_head(std::string_view& bytes);
    std::size_t head_size() const;
    std::string_view wrong_with_start() const;
    void begin_frame();

    side const from_;
    std::string_view problem_;

    std::array<unsigned char, 14> head_{};
    std::size_t head_bytes_ = 0; ///< of the head that is being read
    bool in_frame_ = false;      ///< a head was read, and its payload was not

    kind kind_ = kind::text;
    bool final_ = false; ///< the frame is the last of its message
    bool first_ = false; ///< nothing of its message has come yet
    std::uint64_t left_ = 0;
    std::array<unsigned char, 4> mask_{};

    std::optional<kind> unfinished_; ///< the message whose next fragment is to come
    bool closed_ = false;
};

} // namespace weir::gateway::websocket
