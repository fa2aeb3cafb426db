import QtQuick
import "../theme"

// What a person must be told now: a refused action, a touch that could not be stored. Or be asked:
// whether what came too late shall be done now.
Rectangle {
    id: notice

    property string text
    property bool asks: false
    // The words of its buttons: do, leave, understood.
    required property var labels

    signal confirmed
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
        anchors.right: yes.visible ? yes.left : understood.left
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        font.weight: Theme.semibold
        objectName: "noticeText"
        text: notice.text
        wrapMode: Text.Wrap
    }
    TouchButton {
        id: yes

        anchors.right: understood.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        kind: "primary"
        objectName: "noticeDo"
        text: notice.labels.do
        visible: notice.asks

        onActivated: notice.confirmed()
    }
    TouchButton {
        id: understood

        anchors.right: parent.right
        anchors.rightMargin: 1.5 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        objectName: "noticeDismiss"
        text: notice.asks ? notice.labels.leave : notice.labels.understood

        onActivated: notice.dismissed()
    }
}
