import socket

from loopback_console.serving import LOOPBACK_HOST, bind_socket


def test_the_listening_socket_names_its_protocol_so_that_answers_leave_at_once() -> None:
    with bind_socket(LOOPBACK_HOST, 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                assert connection.proto == socket.IPPROTO_TCP
