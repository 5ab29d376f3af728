#include "storage/work_loop.hpp"

#include "log/log.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace weir::storage
{

namespace asio = boost::asio;
using net::nothrow;

namespace
{

void log_fault(std::string const& name, std::exception const& fault)
{
    log::error(name + ": a fault of weir's own", {{"reason", fault.what()}});
}

} // namespace

work_loop::work_loop(work_loop_options options)
    : options_(std::move(options))
    , watchdog_(io_)
    , timer_(io_)
{
}

work_loop::~work_loop() { stop(); }

void work_loop::start()
{
    asio::co_spawn(io_, poll(), [](std::exception_ptr const& bug) {
        if (bug) std::rethrow_exception(bug);
    });
    thread_ = std::thread([this] {
        for (;;) {
            try {
                io_.run();
                return;
            } catch (std::exception const& bug) {
                log_fault(options_.name, bug);
            }
        }
    });
}

void work_loop::stop()
{
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        options_.cancel_all();
        finish_if_stopped();
    });
    thread_.join();
}

void work_loop::look_now()
{
    asio::post(io_, [this] { timer_.cancel(); });
}

void work_loop::spawn(asio::awaitable<void> work, std::function<void(std::exception_ptr const&)> ended)
{
    ++working_;
    asio::co_spawn(io_, std::move(work), [this, ended = std::move(ended)](std::exception_ptr const& bug) {
        --working_;
        ended(bug);
        look();
        finish_if_stopped();
        if (bug) std::rethrow_exception(bug);
    });
}

asio::awaitable<void> work_loop::poll()
{
    while (!stopping_) {
        look();
        timer_.expires_after(std::exchange(goes_on_, false) ? std::chrono::milliseconds(0) : options_.interval);
        co_await timer_.async_wait(nothrow);
    }
}

void work_loop::look()
{
    if (stopping_) return;
    auto const looked = [this]() -> result<void> {
        try {
            return open_and_look();
        } catch (std::exception const& fault) { // of weir's own, or of memory; the next look may go well
            log_fault(options_.name, fault);
            return make_error_code(errc::failed);
        }
    }();
    if (!looked) db_.reset();
    if (!looked && !failing_)
        log::warn(options_.name + ": the database cannot be read or written", {{"reason", looked.error().message()}});
    failing_ = !looked;
}

result<void> work_loop::open_and_look()
{
    if (!db_) {
        auto opened = connection::open(options_.path, connection::mode::read_write);
        if (!opened) return opened.error();
        db_.emplace(std::move(*opened));
        if (auto const set = db_->execute_script("PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON"); !set) return set;
    }
    return options_.look(*db_);
}

void work_loop::finish_if_stopped()
{
    if (stopping_ && working_ == 0) watchdog_.stop();
}

} // namespace weir::storage
