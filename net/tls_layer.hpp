#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::net
{

/// TLS over a connected TCP socket. OpenSSL works on the socket itself, so there are no buffers but its own, which it
/// gives back while there is nothing in them: an idle connection takes 15 KiB, where Asio's ssl::stream takes 71.
///
/// At most one read and one write at a time, which may overlap; on the socket's executor only. The end of the stream is
/// asio::error::eof when the peer said so (close_notify), and ssl::error::stream_truncated when it did not: then what
/// came may have been cut by anybody. Other errors are the socket's, or OpenSSL's in its own category. Cancelling the
/// socket ends what waits for it with operation_aborted; nothing that was read is lost then.
class tls_layer
{
public:
    using socket_type = boost::asio::ip::tcp::socket;

    /// `context` need not outlive the layer; `socket` must.
    tls_layer(socket_type& socket, boost::asio::ssl::context& context);
    tls_layer(tls_layer const&) = delete;
    tls_layer& operator=(tls_layer const&) = delete;
    ~tls_layer();

    SSL* native_handle() { return ssl_; }

    /// Whether something was received that nobody has read.
    bool has_unread_bytes() const { return SSL_has_pending(ssl_) != 0; }

    template <class Token>
    auto async_handshake(boost::asio::ssl::stream_base::handshake_type as, Token&& token)
    {
        auto shake = [this, as] { return handshake(as); };
        return run<void(boost::system::error_code)>(shake, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        auto read_first = [this, buffers] {
            boost::asio::mutable_buffer const first = *boost::asio::buffer_sequence_begin(buffers);
            return read(first);
        };
        return run<void(boost::system::error_code, std::size_t)>(read_first, std::forward<Token>(token));
    }

    /// Small buffers leave together, in one record.
    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token)
    {
        auto write_first = [this, buffers] {
            boost::asio::const_buffer first;
            for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers);
                 ++at) {
                boost::asio::const_buffer const next = *at;
                if (next.size() == 0) continue;
                if (first.size() > 0) return write_together(buffers);
                first = next;
                if (first.size() >= largest_record) break;
            }
            return write(first);
        };
        return run<void(boost::system::error_code, std::size_t)>(write_first, std::forward<Token>(token));
    }

    /// Says that nothing more will be sent (close_notify); does not wait for the peer's. Behind the last write.
    template <class Token>
    auto async_end(Token&& token)
    {
        auto say_end = [this] { return end(); };
        return run<void(boost::system::error_code)>(say_end, std::forward<Token>(token));
    }

private:
    static constexpr std::size_t largest_record = 16 * 1024;

    /// What one call of OpenSSL came to: done, or to be repeated when the socket is ready.
    struct step {
        enum class need : unsigned char { nothing, readable, writable } needs = need::nothing;
        boost::system::error_code error;
        std::size_t bytes = 0;
    };

    step handshake(boost::asio::ssl::stream_base::handshake_type as);
    step read(boost::asio::mutable_buffer into);
    step write(boost::asio::const_buffer from);
    step end();
    step outcome(int result);

    template <class Buffers>
    step write_together(Buffers const& buffers)
    {
        std::array<char, largest_record> record;
        return write(boost::asio::buffer(record, boost::asio::buffer_copy(boost::asio::buffer(record), buffers)));
    }

    /// Repeats a step until it is done. Never completes within the call that starts it.
    template <class Signature, class Work>
    struct operation {
        tls_layer* layer;
        Work work;
        step last = {};
        enum class stage : unsigned char { starting, waiting, ending } at = stage::starting;

        template <class Self>
        void operator()(Self& self, boost::system::error_code waited = {})
        {
            using enum step::need;
            if (at != stage::ending) {
                last = waited ? step{nothing, waited, 0} : work();
                if (last.needs != nothing) {
                    at = stage::waiting;
                    auto const what = last.needs == readable ? socket_type::wait_read : socket_type::wait_write;
                    layer->socket_.async_wait(what, std::move(self));
                    return;
                }
                if (std::exchange(at, stage::ending) == stage::starting) {
                    boost::asio::post(std::move(self));
                    return;
                }
            }
            if constexpr (std::is_same_v<Signature, void(boost::system::error_code)>)
                self.complete(last.error);
            else
                self.complete(last.error, last.bytes);
        }
    };

    template <class Signature, class Work, class Token>
    auto run(Work work, Token&& token)
    {
        return boost::asio::async_compose<Token, Signature>(operation<Signature, Work>{this, std::move(work)}, token,
                                                            socket_);
    }

    socket_type& socket_;
    SSL* ssl_;
    bool broken_ = false; ///< behind such an error OpenSSL allows no word of an end
};

} // namespace weir::net
