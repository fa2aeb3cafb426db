import QtQuick
import "../theme"

// What a person must be told now: a refused action, a touch that could not be stored.
Rectangle {
    id: notice

    property string text

    signal dismissed

    Accessible.name: notice.text
    Accessible.role: Accessible.AlertMessage
    border.color: Theme.ink
    border.width: Theme.edge
    color: Theme.surface
    height: Math.max(words.implicitHeight, understood.implicitHeight) + 3 * Theme.grid
    radius: Theme.radius
    visible: notice.text !== ""

    Icon {
        id: mark

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        name: "information-outline"
        size: Theme.sizeTitle
    }
    Label {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: 2 * Theme.grid
        anchors.right: understood.left
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        font.weight: Theme.semibold
        objectName: "noticeText"
        text: notice.text
        wrapMode: Text.Wrap
    }
    TouchButton {
        id: understood

        anchors.right: parent.right
        anchors.rightMargin: 1.5 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        objectName: "noticeDismiss"
        text: qsTr("Understood")

        onActivated: notice.dismissed()
    }
}
